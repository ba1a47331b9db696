"""Put the folds of leave-one-speaker-out together into one table and one picture."""

import json
from pathlib import Path

from artinv import folds, plots
from artinv.errors import gate
from artinv.evaluate import EvaluateParams
from artinv.tables import loso_table

if __name__ == "__main__":
    with gate():
        listed, params = folds.LosoParams.load(), EvaluateParams.load()
        scores = [json.loads(path.read_text(encoding="utf-8")) for path in listed.files(Path("data/loso"))]
        summary = folds.write(scores, params)
        plots.loso(plots.LOSO, scores, params)
        print(loso_table(summary, [folds.JSON, folds.CSV, plots.LOSO]))
