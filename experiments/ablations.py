"""Measure what each training choice gains for unseen speakers, and its cost in CPU time.

Run as `python -m experiments.ablations [--speakers F01 ffes0 M1 maps0] [--seeds 0 1] [--only NAME ...]` in a separate
clone in which `dvc exp run -S demo.seed=1 normalize` has run. These are other synthetic speakers under the same names, so that no
choice is made on speakers that `make loso` tests. Each variant differs from the default only in what its name says, and is
trained on all other speakers with one thread. Finished figures are written to a file, so that an interrupted run resumes.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import PoolParams, SplitParams, speakers_of, split
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.measure import metrics
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.params import read_yaml
from artinv.signal.features import FeatureParams
from tests.conftest import change

VARIANTS = {
    "default": {},
    "no warp": {"train.warp": 0.0},
    "no dropout": {"models.strided.dropout": 0.0},
    "plateau": {"train.schedule": "plateau"},
    "lr .005": {"train.lr": 0.005},
    "batches of 3000": {"train.batch_frames": 3000},
    "width 300": {"models.strided.dense": 300, "models.strided.width": 300},
    "width 200, 4 epochs": {"models.strided.dense": 200, "models.strided.width": 200, "train.pooled_epochs.strided": 4},
    "width 120": {"models.strided.dense": 120, "models.strided.width": 120},
    "steps of 5 frames": {"models.strided.stride": 5, "models.strided.context": 5},
    "5 epochs": {"train.pooled_epochs.strided": 5},
    "8 epochs": {"train.pooled_epochs.strided": 8},
    "RMSE alone": {"train.alpha": 0.0},
    "bilstm, as many epochs": {"train.model": "bilstm", "train.pooled_epochs.bilstm": 6},
    "bilstm, as much CPU time": {"train.model": "bilstm"},
    "tcn, 6 epochs": {"train.model": "tcn"},
    "mlp, 4 epochs": {"train.model": "mlp"},
}
"""Name of a variant -> its changes to params.yaml."""


def changed(changes: Mapping[str, object]) -> dict:
    """Return params.yaml with some values replaced."""
    content = read_yaml(Workspace().params)
    change(content, changes)
    return content


def measure(work: tuple[str, str, int], variants: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """Train and score one variant for one unseen speaker and one seed."""
    name, speaker, seed = work
    content = changed(variants[name])
    workspace = Workspace()
    choice = SplitParams.of(PoolParams.load(workspace.params).model_dump() | {"test_speaker": speaker, "split": "indep"})
    data = Dataset(workspace)
    divided = split(data.index(choice.corpora), choice)
    params = ExperimentParams.of(content["train"] | {"threads": 1, "seed": seed})
    start = time.process_time()
    with tempfile.TemporaryDirectory() as states:
        sizes, features = ModelParams.of(content["models"]), FeatureParams.of(content["features"])
        fitted = fit(divided, TrainData.of(divided, data), params, sizes, features, states=Path(states))["inverter"]
    seconds = time.process_time() - start
    truths, stats = data.load(divided.test), data.stats(speakers_of(divided.test))[divided.test_speaker]
    predictions = fitted.inverter.predict_many([frames.acoustics for frames in truths])
    pairs = [(frames.motion, motion) for frames, motion in zip(truths, predictions, strict=True)]
    pearson = metrics.average(np.stack([metrics.pearson(*pair) for pair in pairs]))
    millimetres = metrics.average(np.stack([metrics.rmse_mm(*pair, stats.motion_std) for pair in pairs]))
    return {"pearson": float(metrics.mean_over(pearson, "pearson")), "rmse_mm": float(metrics.mean_over(millimetres, "rmse_mm")),
            "seconds": seconds, "parameters": fitted.trained.parameters}


def main() -> None:
    """Measure what the results file lacks, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speakers", nargs="+", default=["F01", "ffes0", "M1", "maps0"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--results", type=Path, default=Path("experiments/.ablations.json"))
    options = parser.parse_args()
    known = json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    keys = {
        (name, speaker, seed): hashlib.sha256(repr((changed(VARIANTS[name]), speaker, seed)).encode()).hexdigest()[:16]
        for name, speaker, seed in product(options.only, options.speakers, options.seeds)
    }
    waiting = [work for work, key in keys.items() if key not in known]
    for work, figures in zip(waiting, imap(partial(measure, variants=VARIANTS), waiting), strict=True):
        known[keys[work]] = figures
        write_json(options.results, known)
        print(*work, f"{figures['pearson']:.4f}", flush=True)
    rows = [["", *(f"Pearson {speaker}" for speaker in options.speakers), "mean", "mm", "CPU s", "parameters"]]
    for name in options.only:
        by_speaker = [[known[keys[name, speaker, seed]] for seed in options.seeds] for speaker in options.speakers]
        means = [np.mean([run["pearson"] for run in runs]) for runs in by_speaker]
        all_runs = [run for runs in by_speaker for run in runs]
        mm, seconds = (np.mean([run[key] for run in all_runs]) for key in ("rmse_mm", "seconds"))
        cells = [*(f"{mean:.4f}" for mean in [*means, np.mean(means)]), f"{mm:.3f}", f"{seconds:.0f}"]
        rows.append([name, *cells, f"{all_runs[0]['parameters']:,}"])
    print("\n".join(aligned(rows)))


if __name__ == "__main__":
    with gate():
        main()
