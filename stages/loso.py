"""Summarize the leave-one-speaker-out folds in one table, with a plot for every split and model."""

from artinv.evaluate import loso
from artinv.evaluate.scores import EvaluateParams
from artinv.runtime.errors import gate
from artinv.show.results import plots
from artinv.show.results.tables import loso_table

if __name__ == "__main__":
    with gate():
        params = EvaluateParams.load()
        chosen = loso.LosoParams.load()
        scores = chosen.read()
        summary = loso.write(scores, params, calibration=chosen.calibration())
        table = loso.with_means(loso.tidy(scores), params)
        for (split, model), rows in table.groupby(["split", "model"]):
            plots.loso(plots.LOSO / f"{split}-{model}.png", rows, summary.run.origin)
        print(loso_table(summary, [loso.JSON, loso.DETAILS, loso.CSV, plots.LOSO]))
