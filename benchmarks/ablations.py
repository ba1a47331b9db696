"""What each choice of training gains for speakers that it has not heard, and what it costs.

Run as `python -m benchmarks.ablations [--speakers F01 fsew0] [--only NAME ...]` after `dvc repro normalize`. Every line is the
default but for what its name says, trained on all other speakers with one thread, one seed. Finished figures are written to a
file, so that a run that was stopped goes on. Two speakers and one seed show gains from about .01; what is smaller than that needs
`make loso`.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from artinv import metrics
from artinv.acoustics import FeatureParams
from artinv.dataset import index, load, load_stats
from artinv.errors import gate
from artinv.files import write_json
from artinv.fitting import ExperimentParams, fit
from artinv.models import ModelParams
from artinv.parallel import imap
from artinv.params import read_yaml
from artinv.splits import PoolParams, SplitParams, speakers_of, split
from artinv.tables import aligned
from tests.conftest import change

LINES = {
    "default": {},
    "no warp": {"train.warp": 0.0},
    "no dropout": {"models.strided.dropout": 0.0},
    "plateau": {"train.schedule": "plateau"},
    "lr .002": {"train.lr": 0.002},
    "batches of 3000": {"train.batch_frames": 3000},
    "steps of 1 frame, 3 epochs": {"models.strided.stride": 1, "models.strided.context": 5, "train.pooled_epochs.strided": 3},
    "steps of 2 frames, 4 epochs": {"models.strided.stride": 2, "models.strided.context": 5, "train.pooled_epochs.strided": 4},
    "12 epochs": {"train.pooled_epochs.strided": 12},
    "RMSE alone": {"train.alpha": 0.0},
    "bilstm, 2 epochs": {"train.model": "bilstm"},
    "tcn, 6 epochs": {"train.model": "tcn"},
    "mlp, 4 epochs": {"train.model": "mlp"},
}
"""What is otherwise than in params.yaml."""


def changed(changes: Mapping[str, object]) -> dict:
    """params.yaml with some values replaced."""
    content = read_yaml(Path("params.yaml"))
    change(content, changes)
    return content


def measure(work: tuple[str, str], lines: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """One line for one unseen speaker."""
    name, speaker = work
    content = changed(lines[name])
    choice = SplitParams.of(PoolParams.load().model_dump() | {"test_speaker": speaker, "split": "indep"})
    divided = split(index(choice.corpora), choice)
    params = ExperimentParams.of(content["train"] | {"threads": 1})
    start = time.process_time()
    with tempfile.TemporaryDirectory() as states:
        sizes, features = ModelParams.of(content["models"]), FeatureParams.of(content["features"])
        made = fit(divided, params, sizes, features, Path(states))["inverter"]
    seconds = time.process_time() - start
    truths, stats = load(divided.test), load_stats(speakers_of(divided.test))[divided.test_speaker]
    found = made.inverter.predict_many([frames.acoustics for frames in truths])
    pairs = [(frames.motion, motion) for frames, motion in zip(truths, found, strict=True)]
    pearson = metrics.average(np.stack([metrics.pearson(*pair) for pair in pairs]))
    millimetres = metrics.average(np.stack([metrics.rmse_mm(*pair, stats.motion_std) for pair in pairs]))
    return {"pearson": float(metrics.mean_over(pearson, "pearson")), "rmse_mm": float(metrics.mean_over(millimetres, "rmse_mm")),
            "seconds": seconds, "parameters": made.trained.parameters}


def main() -> None:
    """Measure what is not measured yet, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speakers", nargs="+", default=["F01", "fsew0"])
    parser.add_argument("--only", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--results", type=Path, default=Path("benchmarks/.ablations.json"))
    options = parser.parse_args()
    known = json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    keys = {
        (name, speaker): hashlib.sha256(repr((changed(LINES[name]), speaker)).encode()).hexdigest()[:16]
        for name in options.only for speaker in options.speakers
    }
    waiting = [work for work, key in keys.items() if key not in known]
    for work, figures in zip(waiting, imap(partial(measure, lines=LINES), waiting), strict=True):
        known[keys[work]] = figures
        write_json(options.results, known)
        print(*work, f"{figures['pearson']:.4f}", flush=True)
    rows = [["", *[f"{metric} {speaker}" for speaker in options.speakers for metric in ("Pearson", "mm")], "CPU s", "parameters"]]
    for name in options.only:
        figures = [known[keys[name, speaker]] for speaker in options.speakers]
        cells = [cell for one in figures for cell in (f"{one['pearson']:.4f}", f"{one['rmse_mm']:.3f}")]
        seconds = np.mean([one["seconds"] for one in figures])
        rows.append([name, *cells, f"{seconds:.0f}", f"{figures[0]['parameters']:,}"])
    print("\n".join(aligned(rows)))


if __name__ == "__main__":
    with gate():
        main()
