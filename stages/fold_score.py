"""Test on the speaker whom a fold has not heard: `python -m stages.fold_score SETTING-MODEL SPEAKER`."""

import json
from dataclasses import asdict
from pathlib import Path

from artinv.adapt import AdaptParams
from artinv.calibration import with_interval
from artinv.dataset import load
from artinv.errors import arguments, gate
from artinv.evaluate import EvaluateParams
from artinv.files import write_json
from artinv.intervals import IntervalParams
from artinv.predict import FILES, Inverter
from artinv.scoring import ScoreParams, score, sentences
from artinv.splits import Split

if __name__ == "__main__":
    with gate():
        run, speaker = arguments("SETTING-MODEL", "SPEAKER")
        folder = Path("data/loso/models") / run / speaker
        divided, params = Split.load(folder / "split.json"), ScoreParams(EvaluateParams.load(), AdaptParams.load())
        inverters = {file: Inverter.load(folder / f"{file}.safetensors") for file in FILES}
        inverters["inverter"] = with_interval(inverters["inverter"], load(divided.valid), IntervalParams.load().level)
        scored = score(divided, inverters, params)
        more = {"training": json.loads((folder / "training.json").read_text(encoding="utf-8")),
                "sentences": sentences(scored.truths),
                "errors": {kind: asdict(errors) for kind, errors in scored.errors.items()}}
        write_json(f"data/loso/scores/{run}/{speaker}.json", scored.result.scores | more)
