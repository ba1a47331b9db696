"""Score and plot the predictions on the test set, with ridge regression and the speaker's mean as baselines."""

from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, score
from artinv.evaluate.scores import ARTICULATORS, DETAILS, SCORES, UTTERANCES, EvaluateParams, examples
from artinv.learn.adapt import AdaptParams
from artinv.learn.inverter import FILES, Inverter
from artinv.runtime.errors import gate
from artinv.show.results import plots
from artinv.show.results.tables import fold_table

if __name__ == "__main__":
    with gate():
        params, split = ScoreParams(EvaluateParams.load(), AdaptParams.load()), Split.load("data/split.json")
        inverters = {file: Inverter.load(f"models/{file}.safetensors") for file in FILES}
        scored = score(split, EvaluationSet.of(split, Dataset()), inverters, params)
        scored.result.save()
        shown = [(scored.truths[at], scored.predictions[at]) for at in examples(scored.result, params.evaluate.examples)]
        middle, motion = shown[len(shown) // 2]
        plots.articulators(plots.BARS, scored.result)
        plots.trajectories(plots.TRAJECTORIES, scored.result, shown, scored.stats)
        plots.example(plots.EXAMPLE, scored.result, middle, motion, scored.stats[split.test_speaker])
        places = [SCORES, DETAILS, UTTERANCES, ARTICULATORS, plots.BARS, plots.TRAJECTORIES, plots.EXAMPLE]
        print(fold_table(scored.result, places))
