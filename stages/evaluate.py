"""Score and plot the predictions on the test set, with ridge regression and the speaker's mean as baselines."""

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, score
from artinv.evaluate.scores import EvaluateParams, examples
from artinv.learn.adapt import AdaptParams
from artinv.learn.inverter import FILES, Inverter
from artinv.runtime.errors import gate
from artinv.show.results import plots
from artinv.show.results.tables import fold_table

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = ScoreParams(EvaluateParams.load(workspace.params), AdaptParams.load(workspace.params))
        split = Split.load(workspace.split)
        inverters = {file: Inverter.load(workspace.model(file)) for file in FILES}
        scored = score(split, EvaluationSet.of(split, Dataset(workspace)), inverters, params)
        scored.result.save(workspace)
        shown = [(scored.truths[at], scored.predictions[at]) for at in examples(scored.result, params.evaluate.examples)]
        middle, motion = shown[len(shown) // 2]
        plots.articulators(workspace.articulators_plot, scored.result)
        plots.trajectories(workspace.trajectories_plot, scored.result, shown, scored.stats)
        plots.example(workspace.trajectories, scored.result, middle, motion, scored.stats[split.test_speaker])
        tables = [workspace.scores, workspace.details, workspace.utterances, workspace.articulators]
        pictures = [workspace.articulators_plot, workspace.trajectories_plot, workspace.trajectories]
        print(fold_table(scored.result, [*tables, *pictures]))
