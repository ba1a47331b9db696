"""Put the folds of leave-one-speaker-out together into one table, and a picture for every split and model."""

from artinv import folds, plots
from artinv.errors import gate
from artinv.evaluate import EvaluateParams
from artinv.tables import loso_table

if __name__ == "__main__":
    with gate():
        params = EvaluateParams.load()
        chosen = folds.LosoParams.load()
        scores = chosen.read()
        summary = folds.write(scores, params, strangers=chosen.calibration())
        table = folds.with_means(folds.tidy(scores), params)
        for (split, model), rows in table.groupby(["split", "model"]):
            plots.loso(plots.LOSO / f"{split}-{model}.png", rows, summary["run"])
        print(loso_table(summary, [folds.JSON, folds.DETAILS, folds.CSV, plots.LOSO]))
