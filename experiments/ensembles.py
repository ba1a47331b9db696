"""Measure whether the mean prediction of independently trained models is better for unseen speakers than one model.

Run as `python -m experiments.ensembles [--runs indep-strided indep-bilstm]` after `make loso`; it uses the models of the folds and
trains nothing.
"""

import argparse
from functools import partial

import numpy as np

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.loso import LosoParams
from artinv.evaluate.scores import EvaluateParams
from artinv.learn.inverter import Inverter
from artinv.measure.bootstrap import interval, resample
from artinv.measure.metrics import average, mean_over, pearson
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track


def scores(speaker: str, runs: list[str]) -> list[float]:
    """Return Pearson of each run's model and of their mean prediction, for one test speaker."""
    workspace = Workspace()
    models = workspace.fold_models
    truths = Dataset(workspace).load(Split.load(models / runs[0] / speaker / "split.json").test)
    inverters = [Inverter.load(models / run / speaker / "inverter.safetensors") for run in runs]
    predictions = [inverter.predict_many([frames.acoustics for frames in truths]) for inverter in inverters]
    means = [np.mean(motions, axis=0) for motions in zip(*predictions, strict=True)]

    def score(motions: list[np.ndarray]) -> float:
        values = np.stack([pearson(frames.motion, motion) for frames, motion in zip(truths, motions, strict=True)])
        return mean_over(average(values), "pearson")

    return [score(motions) for motions in (*predictions, means)]


def main() -> None:
    """Print the means over speakers, and the gain of the mean prediction over the first model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", nargs="+", default=["indep-strided", "indep-bilstm"])
    runs = parser.parse_args().runs
    speakers, params = LosoParams.load(Workspace().params).speakers, EvaluateParams.load(Workspace().params)
    rows = np.array(list(track(imap(partial(scores, runs=runs), speakers), "speakers", len(speakers))))
    for name, column in zip((*runs, "mean prediction"), rows.T, strict=True):
        print(f"{name:24}{column.mean():8.4f}")
    gain = rows[:, -1] - rows[:, 0]
    low, high = interval(resample(gain[:, None], params.draws, params.seed), len(gain))
    ends = f"[{float(low[0]):.4f}, {float(high[0]):.4f}]"
    print(f"gain over {runs[0]}: {gain.mean():.4f} {ends}, better for {(gain > 0).sum()} of {len(gain)} speakers")


if __name__ == "__main__":
    with gate():
        main()
