"""Make one fold of each kind anew and compare its scores with the committed ones: metrics/loso.csv is what these folds come to.

`python -m tools.refold`, after `make repro`; exit code 1: a figure is further off than seeds and processors make it, and a line for
each says so. DVC trains and scores the folds, or brings them from its cache where it has them.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from artinv.evaluate import loso
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.side_by_side import prepare, run_fold
from tools.compare import LEAST, tolerance

COMMITTED, SPREAD = Path("metrics/loso.csv"), Path("metrics/stability.json")
KEYS = ["split", "model", "line", "metric", "speaker"]


def differences(made: pd.DataFrame, committed: pd.DataFrame, spread: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line for each mean over trajectories that is further off than it may be."""
    known = committed.set_index(KEYS)["mean"]
    for row in made.to_dict("records"):
        key = tuple(row[name] for name in KEYS)
        figure = row["metric"] if row["line"] == "model" else f"{row['line']}_{row['metric']}"
        allowed = tolerance(spread[figure]) if figure in spread else LEAST
        if key not in known.index or not abs(known[key] - row["mean"]) <= allowed:
            yield f"{' '.join(key)}: {row['mean']:.4f}, committed {known.get(key, 'nothing')}"


def main() -> list[str]:
    """One fold of each run, side by side; what is wrong."""
    params = loso.LosoParams.load()
    prepare()
    chosen = [f"{run}-{params.speakers[0]}" for run in params.runs]
    if failures := [fault for fault in imap(run_fold, chosen) if fault]:
        raise BadData(f"a fold failed ({failures[0]})")
    made = params.model_copy(update={"speakers": params.speakers[:1]}).read()
    spread = json.loads(SPREAD.read_text(encoding="utf-8"))["spread"]
    return list(differences(loso.tidy(made), pd.read_csv(COMMITTED), spread))


if __name__ == "__main__":
    with gate():
        sys.exit("\n".join(main()) or 0)
