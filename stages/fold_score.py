"""Score a fold on its test speaker: `python -m stages.fold_score SETTING-MODEL SPEAKER`."""

from dataclasses import replace

from artinv.core.workspace import Workspace
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
        (run, speaker), workspace = arguments("SETTING-MODEL", "SPEAKER"), Workspace()
        folder, data = workspace.fold_models / run / speaker, Dataset(workspace)
        divided, file = Split.load(folder / "split.json"), workspace.params
        params, level = ScoreParams(EvaluateParams.load(file), AdaptParams.load(file)), IntervalParams.load(file).level
        inverters = {name: Inverter.load(folder / f"{name}.safetensors") for name in FILES}
        inverters["inverter"] = with_intervals(inverters["inverter"], data.load(divided.valid), level)
        scored = score(divided, EvaluationSet.of(divided, data), inverters, params)
        scores = replace(
            scored.result.scores, training=Training.read(folder / "training.json", "make loso"), sentences=sentences(scored.truths),
            errors={kind: ErrorLists.of(errors) for kind, errors in scored.errors.items()},
        )
        scores.write(workspace.fold_scores / run / f"{speaker}.json")
