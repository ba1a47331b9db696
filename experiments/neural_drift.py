"""Measure decoders of the simulated brain on signals from which slow drift is subtracted.

Run as `python -m experiments.neural_drift [--snr 1 0.1] [--rows causal] [--frames 250]`, a minute a row, with the session and the
parameters of `experiments.neural_gates`, seed 0. The mean of an electrode over two seconds is subtracted: around each frame for
non-causal decoders, before it for causal ones, behind it for anticausal ones. `--frames 0` subtracts nothing.
"""

import argparse
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from artinv.neural import splits
from artinv.neural.correlation import Sums
from artinv.neural.decoder import Mode
from artinv.neural.scores import score
from artinv.neural.session import Session
from artinv.neural.simulator import with_brain
from artinv.neural.target import Target
from artinv.neural.training import Choice, fit
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate
from experiments.neural_gates import ROWS, Choices, session_of, spoken_file


def without_drift(signals: Tensor, frames: int, mode: Mode, training: np.ndarray) -> Tensor:
    """Return signals (T, E) minus their mean over `frames` frames on the side of the mode.

    Their standard deviation is 1 in the frames (T,) of the training trials.
    """
    before, after = {"causal": (frames - 1, 0), "anticausal": (0, frames - 1), "non-causal": (frames // 2, frames // 2)}[mode]
    values = signals.double().numpy()
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])
    places = np.arange(len(values))
    first, last = np.maximum(places - before, 0), np.minimum(places + after + 1, len(values))
    high = values - (sums[last] - sums[first]) / (last - first)[:, None]
    return torch.from_numpy((high / np.maximum(high[training].std(0), 1e-6)).astype(np.float32))


def measure(choices: Choices, row: str, snr: float, frames: int) -> float:
    """Return the PCC of one row."""
    choice, simulate = Choice.of(ROWS[row]), choices.simulate.model_copy(update={"seed": 0, "snr": snr})
    spoken = session_of(spoken_file(NeuralFiles(), choices.simulate), choices.simulate)
    made = with_brain(spoken, simulate, simulate.subjects[0])
    motion = made.truth.trajectories
    target = Target("truth", tuple(map(str, range(motion.shape[1]))), motion, np.ones(motion.shape, bool))
    session = Session.of(made.recording, target, choices.split.divide(made.recording))
    if frames:
        training = splits.frames(session.split.train, len(session.signals))
        session = replace(session, signals=without_drift(session.signals, frames, choice.mode, training))
    train = choices.train.model_copy(update={"seed": 0, "threads": 1})
    model, _ = fit(choice, made.recording, session, train, choices.decoders, origin="synthetic")
    own = score(model, made.recording, session, choices.score.model_copy(update={"sounds": 0}))
    return float(np.mean(Sums(own.trials.sum(0)).pearson()))


def main() -> None:
    """Print one line per ratio and row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snr", type=float, nargs="+", default=[1.0, 0.1])
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--frames", type=int, default=250)
    arguments = parser.parse_args()
    choices = Choices.load(NeuralFiles().params)
    for snr in arguments.snr:
        for row in arguments.rows:
            print(f"snr {snr:g}  {row:12}{measure(choices, row, snr, arguments.frames):8.3f}", flush=True)


if __name__ == "__main__":
    with gate():
        main()
