"""Train without one speaker: `python -m stages.fold SETTING-MODEL SPEAKER`."""

import tempfile
from pathlib import Path

from artinv.core.files import write_json
from artinv.data.dataset import Dataset
from artinv.data.splits import SETTINGS, PoolParams, SplitParams, split
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.runtime.errors import arguments, gate
from artinv.signal.features import FeatureParams

if __name__ == "__main__":
    with gate():
        run, speaker = arguments("SETTING-MODEL", "SPEAKER")
        setting, _, model = run.partition("-")
        chosen = {"test_speaker": speaker, "split": SETTINGS[setting].split, "unseen_text": SETTINGS[setting].unseen_text}
        choice = SplitParams.of(PoolParams.load().model_dump() | chosen, "fold")
        params = ExperimentParams.load().model_copy(update={"model": model, "threads": 1})
        data, out = Dataset(), Path("data/loso/models") / run / speaker
        divided = split(data.index(choice.corpora), choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, TrainData.of(divided, data), params, ModelParams.load(), FeatureParams.load(), states=Path(states))
        for file, made in fits.items():
            made.inverter.save(out / f"{file}.safetensors")
        write_json(out / "training.json", fits["inverter"].facts)
        divided.save(out / "split.json")
