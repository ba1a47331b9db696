"""Summarize the leave-one-speaker-out folds in one table, with a plot for every split and model."""

from artinv.core.workspace import Workspace
from artinv.evaluate import loso
from artinv.evaluate.scores import EvaluateParams
from artinv.runtime.errors import gate
from artinv.show.results import plots
from artinv.show.results.tables import loso_table

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = EvaluateParams.load(workspace.params)
        chosen = loso.LosoParams.load(workspace.params)
        scores = chosen.read(workspace.fold_scores)
        summary = loso.write(scores, params, workspace, chosen.calibration(workspace.stranger_errors))
        table = loso.with_means(loso.tidy(scores), params)
        for (split, model), rows in table.groupby(["split", "model"]):
            plots.loso(workspace.loso_plots / f"{split}-{model}.png", rows, summary.run.origin, summary.run.phones)
        places = [workspace.loso_scores, workspace.loso_details, workspace.loso_table, workspace.loso_plots]
        print(loso_table(summary, places))
