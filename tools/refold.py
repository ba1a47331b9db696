"""Train one fold of each kind again and compare its scores with the committed ones in metrics/loso.csv.

Run `python -m tools.refold` after `make repro`. Exit code 1: a figure differs by more than the variation between seeds and
processors; one line for each reports it. DVC trains and scores the folds, or restores them from its cache.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from artinv.core.workspace import Workspace
from artinv.evaluate import loso
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.parallel_folds import prepare, run_fold
from tools.compare import LEAST, tolerance

KEYS = ["split", "model", "line", "metric", "speaker"]


def differences(made: pd.DataFrame, committed: pd.DataFrame, spread: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield one line for each mean over trajectories that differs by more than its tolerance."""
    known = committed.set_index(KEYS)["mean"]
    for row in made.to_dict("records"):
        key = tuple(row[name] for name in KEYS)
        figure = row["metric"] if row["line"] == "model" else f"{row['line']}_{row['metric']}"
        allowed = tolerance(spread[figure]) if figure in spread else LEAST
        if key not in known.index or not abs(known[key] - row["mean"]) <= allowed:
            yield f"{' '.join(key)}: {row['mean']:.4f}, committed {known.get(key, 'nothing')}"


def main(workspace: Workspace) -> list[str]:
    """Train and score one fold of each run in parallel; return the differences."""
    params = loso.LosoParams.load(workspace.params)
    root = workspace.root.absolute()
    prepare(root)
    chosen = [f"{run}-{params.speakers[0]}" for run in params.runs]
    if failures := [fault for fault in imap(partial(run_fold, root), chosen) if fault]:
        raise BadData(f"a fold failed ({failures[0]})")
    made = params.model_copy(update={"speakers": params.speakers[:1]}).read(workspace.fold_scores)
    spread = json.loads(workspace.stability.read_text(encoding="utf-8"))["spread"]
    return list(differences(loso.tidy(made), pd.read_csv(workspace.loso_table), spread))


if __name__ == "__main__":
    with gate():
        sys.exit("\n".join(main(Workspace())) or 0)
