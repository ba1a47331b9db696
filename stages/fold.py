"""Train without one speaker: `python -m stages.fold SETTING-MODEL SPEAKER`."""

import tempfile
from pathlib import Path

from artinv.acoustics import FeatureParams
from artinv.dataset import index
from artinv.errors import arguments, gate
from artinv.files import write_json
from artinv.fitting import ExperimentParams, fit
from artinv.models import ModelParams
from artinv.splits import SETTINGS, PoolParams, SplitParams, split

if __name__ == "__main__":
    with gate():
        run, speaker = arguments("SETTING-MODEL", "SPEAKER")
        setting, _, model = run.partition("-")
        choice = SplitParams.of(PoolParams.load().model_dump() | {"test_speaker": speaker} | SETTINGS[setting], "fold")
        params = ExperimentParams.load().model_copy(update={"model": model, "threads": 1})
        divided, out = split(index(choice.corpora), choice), Path("data/loso/models") / run / speaker
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, params, ModelParams.load(), FeatureParams.load(), Path(states))
        for file, made in fits.items():
            made.inverter.save(out / f"{file}.safetensors")
        write_json(out / "training.json", fits["inverter"].facts)
        divided.save(out / "split.json")
