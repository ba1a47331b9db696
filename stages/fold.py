"""Train without one speaker and test on that speaker: `python -m stages.fold SETTING-MODEL SPEAKER`."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from artinv.acoustics import FeatureParams
from artinv.adapt import AdaptParams
from artinv.dataset import index
from artinv.errors import arguments, gate
from artinv.evaluate import EvaluateParams
from artinv.experiment import ExperimentParams, ScoreParams, fit, score
from artinv.files import write_json
from artinv.intervals import IntervalParams
from artinv.models import ModelParams
from artinv.splits import SETTINGS, PoolParams, SplitParams, split

if __name__ == "__main__":
    with gate():
        run, speaker = arguments("SETTING-MODEL", "SPEAKER")
        setting, _, model = run.partition("-")
        choice = SplitParams.of(PoolParams.load().model_dump() | {"test_speaker": speaker} | SETTINGS[setting], "fold")
        params = ExperimentParams.load().model_copy(update={"model": model, "threads": 1})
        judged, level = ScoreParams(EvaluateParams.load(), AdaptParams.load()), IntervalParams.load().level
        divided = split(index(choice.corpora), choice)
        with tempfile.TemporaryDirectory() as states:
            fits = fit(divided, params, ModelParams.load(), FeatureParams.load(), level=level, states=Path(states))
        scored = score(divided, {file: made.inverter for file, made in fits.items()}, judged)
        more = {"training": fits["inverter"].facts, "errors": {kind: asdict(errors) for kind, errors in scored.errors.items()}}
        write_json(f"data/loso/{run}/{speaker}.json", scored.result.scores | more)
