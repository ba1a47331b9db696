"""Train the model, and ridge regression as a baseline, on the train set."""

from artinv.core.files import write_json, write_text
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.learn.calibration import with_intervals
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.measure.intervals import IntervalParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        file = workspace.params
        params, level, split = ExperimentParams.load(file), IntervalParams.load(file).level, Split.load(workspace.split)
        material = TrainData.of(split, Dataset(workspace))
        fits = fit(split, material, params, ModelParams.load(file), InputParams.load(file), states=workspace.models)
        for name, made in fits.items():
            with_intervals(made.inverter, material.valid, level).save(workspace.model(name))
        chosen = fits["inverter"].trained
        rows = [f"{at.epoch},{at.train:.6f},{at.valid:.6f},{at.lr:g}" for at in chosen.curve]
        write_text(workspace.loss, "\n".join(["epoch,train,valid,lr", *rows]) + "\n")
        made_by = stamp(split.origin, seed=params.seed)
        write_json(workspace.training, {name: made.trained.facts for name, made in fits.items()} | made_by)
        print(f"{params.model}: validation loss {chosen.best.valid:.4f} in epoch {chosen.best.epoch} of {len(chosen.curve)}")
