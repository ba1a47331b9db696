"""Train a model without one group of speakers: `python -m stages.strangers MODEL GROUP`."""

import tempfile
from pathlib import Path

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.groups import SEPARATOR, split_without
from artinv.data.splits import PoolParams, SplitParams
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (model, group), workspace = arguments("MODEL", "GROUP"), Workspace()
        file, data, out = workspace.params, Dataset(workspace), workspace.stranger_models / model / group
        names = group.split(SEPARATOR)
        choice = SplitParams.of(PoolParams.load(file).model_dump() | {"split": "indep", "test_speaker": names[0]}, "strangers")
        params = ExperimentParams.load(file).model_copy(update={"model": model, "threads": 1})
        sizes, features = ModelParams.load(file), InputParams.load(file)
        divided = split_without(data.index(choice.corpora), names, choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, TrainData.of(divided, data), params, sizes, features, states=Path(states))
        fits["inverter"].inverter.save(out / "inverter.safetensors")
        divided.save(out / "split.json")
