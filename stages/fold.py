"""Train without one speaker: `python -m stages.fold SETTING-MODEL SPEAKER`."""

import tempfile
from pathlib import Path

from artinv.core.files import write_json
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import PoolParams, fold_choice, split
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (run, speaker), workspace = arguments("SETTING-MODEL", "SPEAKER"), Workspace()
        file, data, out = workspace.params, Dataset(workspace), workspace.fold_models / run / speaker
        setting, _, model = run.partition("-")
        choice = fold_choice(PoolParams.load(file), setting, speaker)
        params = ExperimentParams.load(file).model_copy(update={"model": model, "threads": 1})
        sizes, features = ModelParams.load(file), InputParams.load(file)
        divided = split(data.index(choice.corpora), choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, TrainData.of(divided, data), params, sizes, features, states=Path(states))
        for name, made in fits.items():
            made.inverter.save(out / f"{name}.safetensors")
        write_json(out / "training.json", fits["inverter"].trained.facts)
        divided.save(out / "split.json")
