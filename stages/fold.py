"""Train without one speaker and test on that speaker: `python -m stages.fold SPLIT MODEL SPEAKER`."""

import tempfile
from pathlib import Path

from artinv.dataset import index
from artinv.errors import arguments, gate
from artinv.evaluate import EvaluateParams
from artinv.experiment import fit, score
from artinv.features import FeatureParams
from artinv.files import write_json
from artinv.folds import FoldParams
from artinv.models import ModelParams
from artinv.splits import PoolParams, SplitParams, split
from artinv.train import TrainParams

if __name__ == "__main__":
    with gate():
        name, model, speaker = arguments("SPLIT", "MODEL", "SPEAKER")
        choice = SplitParams.of(PoolParams.load().model_dump() | {"split": name, "test_speaker": speaker}, "fold")
        params = TrainParams.load().model_copy(update={"model": model, "threads": 1, "epochs": FoldParams.load().epochs})
        divided = split(index(choice.corpora), choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, params, ModelParams.load(), FeatureParams.load(), Path(states))
        inverters = {file: made.inverter for file, made in fits.items()}
        write_json(f"data/loso/{name}/{model}/{speaker}.json", score(divided, inverters, EvaluateParams.load()).result.scores)
