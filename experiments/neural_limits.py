"""Compute what decoders of the simulated brain could reach if they knew the truth of the simulation.

Run as `python -m experiments.neural_limits [--snr 1 0.1] [--seeds 1]`: minutes, with the session of `experiments.neural_gates`.
The figures, written to metrics/neural/limits.json, are PCC of the planted trajectories in the test trials. `linear`: the Wiener
filter of all signals within half a second, from the signals without noise in the training trials and the spectrum of the noise.
`takes`: the mean of the trajectories of the training takes, weighted by the probability of each take given the signals, at each
shift within 0.1 s of the onset; the signals of each take without noise and the spectrum of the noise are known. No decoder knows
these; a decoder that combines parts of several takes may exceed `takes`.
"""

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.linalg import solve, solve_toeplitz
from scipy.signal import lfilter

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.neural import simulator
from artinv.neural.records import RATE, Trial
from artinv.neural.session import SplitParams
from artinv.neural.simulator import SimulateParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate
from experiments.neural_gates import session_of, spoken_file

MODES = {"non-causal": (-64, 64), "causal": (-64, 0), "anticausal": (0, 64)}
"""First and last offset in frames of the signals that a filter uses."""

STEP, ORDER, SHIFT = 4, 48, 12
"""Frames between offsets; order of the filter that makes the noise white; largest shift of an onset in frames."""


class Known:
    """What the simulation knows: signals without noise (T, E), with noise, the covariance of the noise, trajectories, trials."""

    def __init__(self, params: SimulateParams, split: SplitParams, files: NeuralFiles, first: SimulateParams) -> None:
        session, subject = session_of(spoken_file(files, first), first), params.subjects[0]
        self.clean = np.concatenate([
            simulator.motor_signals(session, params, subject), simulator.auditory_signals(session, params, subject)], 1)
        self.mouth = simulator.standardized(session.trajectories)
        recording = simulator.with_brain(session, params, subject).recording
        roles = np.array(simulator.place_roles(params, subject))
        order = np.concatenate([np.flatnonzero(roles == role) for role in ("motor", "auditory")])
        envelope = recording.signals[:, order].astype(np.float64)
        noisy = simulator.standardized(envelope) * np.sqrt(1 + 1 / params.snr)
        self.signals, frames = noisy, len(noisy)
        power = 1 / np.maximum(np.arange(frames // 2 + 1), 1.0)
        power[0] = 0
        covariance = np.fft.irfft(power, frames)
        self.covariance = covariance / covariance[0] / params.snr
        parts = split.divide(recording)
        self.train, self.test = parts.train, parts.test


def linear(known: Known, offsets: range) -> np.ndarray:
    """Return the Wiener estimate (T, 18) in the test trials."""
    width = known.clean.shape[1]

    def lagged(values: np.ndarray, trial: Trial) -> np.ndarray:
        places = np.clip(np.arange(trial.start, trial.end)[:, None] + np.array(offsets), 0, len(values) - 1)
        return values[places].reshape(trial.end - trial.start, -1)

    gram, cross, frames = np.zeros((len(offsets) * width,) * 2), np.zeros((len(offsets) * width, 18)), 0
    for trial in known.train:
        rows = lagged(known.clean, trial).astype(np.float32)
        gram += rows.T @ rows
        cross += rows.T.astype(np.float64) @ known.mouth[trial.start:trial.end]
        frames += len(rows)
    apart = np.abs(np.subtract.outer(np.array(offsets), np.array(offsets)))
    noise = np.kron(known.covariance[apart], np.eye(width))
    weights = solve(gram / frames + noise, cross / frames, assume_a="pos")
    return np.concatenate([lagged(known.signals, trial) @ weights for trial in known.test])


def takes(known: Known, mode: str) -> np.ndarray:
    """Return the mean (T, 18) of the trajectories of the training takes, by their probability, in the test trials."""
    taps = solve_toeplitz(known.covariance[:ORDER], known.covariance[1:ORDER + 1])
    variance = known.covariance[0] - taps @ known.covariance[1:ORDER + 1]
    white = np.concatenate([[1.0], -taps])
    turn = -1 if mode == "anticausal" else 1
    heard, clean = (lfilter(white, 1, values[::turn], axis=0)[::turn].astype(np.float32) for values in (known.signals, known.clean))
    return np.concatenate([
        _expected(heard[trial.start:trial.end], list(_shifted(known, clean, trial)), mode, variance) for trial in known.test])


def _shifted(known: Known, clean: np.ndarray, trial: Trial) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield signals and trajectories of each training take at each shift, as long as the trial."""
    length = trial.end - trial.start
    for take in known.train:
        for shift in range(-SHIFT, SHIFT + 1, 2):
            first = take.start + shift
            if first >= 0 and first + length <= len(clean):
                yield clean[first:first + length], known.mouth[first:first + length]


def _expected(heard: np.ndarray, candidates: list[tuple[np.ndarray, np.ndarray]], mode: str, variance: float) -> np.ndarray:
    """Return the expected trajectories (T, 18) given the frames that the mode allows."""
    each = np.stack([np.square(heard - signals).sum(1) for signals, _ in candidates]) / (-2 * variance)
    if mode == "causal":
        evidence = np.cumsum(each, 1)
    elif mode == "anticausal":
        evidence = np.cumsum(each[:, ::-1], 1)[:, ::-1]
    else:
        evidence = np.broadcast_to(each.sum(1, keepdims=True), each.shape)
    weights = np.exp(evidence - evidence.max(0))
    weights /= weights.sum(0)
    out = np.zeros((len(heard), 18))
    for column, (_, mouth) in enumerate(candidates):
        if weights[column].max() > 1e-6:
            out += weights[column][:, None] * mouth
    return out


def pcc(known: Known, guess: np.ndarray) -> float:
    """Return the mean correlation over the 18 trajectories."""
    truth = np.concatenate([known.mouth[trial.start:trial.end] for trial in known.test])
    return float(np.mean([np.corrcoef(truth[:, column], guess[:, column])[0, 1] for column in range(18)]))


def add(path: Path, facts: dict, name: str, row: dict[str, float]) -> None:
    """Write a row into a file of metrics; rows of other parameters are removed."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = content["rows"] if content.get("facts") == facts else {}
    write_json(path, {"facts": facts, "rows": rows | {name: row}, **stamp("synthetic")})


def main() -> None:
    """Compute and print one row per ratio, seed and mode; write them to metrics/neural/limits.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snr", type=float, nargs="+", default=[1.0, 0.1])
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    files = NeuralFiles()
    first, split = SimulateParams.load(files.params), SplitParams.load(files.params)
    facts = {"simulate": first.model_dump(mode="json", exclude={"seed", "snr"}), "split": split.model_dump(mode="json")}
    path = files.scores.with_name("limits.json")
    print(f"{'snr':>6}{'seed':>5}  {'mode':12}{'linear':>8}{'takes':>8}   {RATE:g} frames per second")
    for snr in arguments.snr:
        for seed in range(arguments.seeds):
            known = Known(first.model_copy(update={"snr": snr, "seed": seed}), split, files, first)
            for mode, (begin, end) in MODES.items():
                row = {"linear": pcc(known, linear(known, range(begin, end + 1, STEP))), "takes": pcc(known, takes(known, mode))}
                add(path, facts, f"{mode}_{10 * math.log10(snr):.0f}dB_seed-{seed}", row)
                print(f"{snr:6g}{seed:5}  {mode:12}{row['linear']:8.3f}{row['takes']:8.3f}", flush=True)


if __name__ == "__main__":
    with gate():
        main()
