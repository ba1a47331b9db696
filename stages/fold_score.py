"""Score a fold on its test speaker: `python -m stages.fold_score SETTING-MODEL SPEAKER`."""

from dataclasses import replace
from pathlib import Path

from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.results import ErrorLists, Training
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, score, sentences
from artinv.evaluate.scores import EvaluateParams
from artinv.learn.adapt import AdaptParams
from artinv.learn.calibration import with_intervals
from artinv.learn.inverter import FILES, Inverter
from artinv.measure.intervals import IntervalParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        run, speaker = arguments("SETTING-MODEL", "SPEAKER")
        folder, data = Path("data/loso/models") / run / speaker, Dataset()
        divided, params = Split.load(folder / "split.json"), ScoreParams(EvaluateParams.load(), AdaptParams.load())
        inverters = {file: Inverter.load(folder / f"{file}.safetensors") for file in FILES}
        inverters["inverter"] = with_intervals(inverters["inverter"], data.load(divided.valid), IntervalParams.load().level)
        scored = score(divided, EvaluationSet.of(divided, data), inverters, params)
        scores = replace(
            scored.result.scores, training=Training.read(folder / "training.json", "make loso"), sentences=sentences(scored.truths),
            errors={kind: ErrorLists.of(errors) for kind, errors in scored.errors.items()},
        )
        scores.write(f"data/loso/scores/{run}/{speaker}.json")
