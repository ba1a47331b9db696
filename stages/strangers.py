"""Train a model without one group of speakers: `python -m stages.strangers MODEL GROUP`."""

import tempfile
from pathlib import Path

from artinv.data.dataset import Dataset
from artinv.data.groups import MODELS, SEPARATOR, split_without
from artinv.data.splits import PoolParams, SplitParams
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.runtime.errors import arguments, gate
from artinv.signal.features import FeatureParams

if __name__ == "__main__":
    with gate():
        model, group = arguments("MODEL", "GROUP")
        names = group.split(SEPARATOR)
        choice = SplitParams.of(PoolParams.load().model_dump() | {"split": "indep", "test_speaker": names[0]}, "strangers")
        params = ExperimentParams.load().model_copy(update={"model": model, "threads": 1})
        data = Dataset()
        divided = split_without(data.index(choice.corpora), names, choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, TrainData.of(divided, data), params, ModelParams.load(), FeatureParams.load(), states=Path(states))
        fits["inverter"].inverter.save(MODELS / model / group / "inverter.safetensors")
        divided.save(MODELS / model / group / "split.json")
