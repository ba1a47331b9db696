"""Correlation of decoded and true parameters with intervals over trials and subjects, and its value by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core import random_draws
from artinv.neural.results import Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums from which correlations follow: those of several trials may be added."""

    values: np.ndarray  # (..., P, 6): count, x, y, x x, y y, x y

    @classmethod
    def of(cls, truth: np.ndarray, estimate: np.ndarray, known: np.ndarray) -> "Sums":
        """Return the sums over the known frames of (T, P)."""
        x, y = (np.where(known, values, 0).astype(np.float64) for values in (truth, estimate))
        return cls(np.stack([known.sum(0), x.sum(0), y.sum(0), (x * x).sum(0), (y * y).sum(0), (x * y).sum(0)], -1))

    def pearson(self) -> np.ndarray:
        """Return the correlations (..., P); NaN for a constant truth, 0 for a constant estimate."""
        count, x, y, xx, yy, xy = np.moveaxis(self.values, -1, 0)
        count = np.maximum(count, 1)
        across, down, both = xx - x * x / count, yy - y * y / count, xy - x * y / count
        with np.errstate(invalid="ignore", divide="ignore"):
            r = both / np.sqrt(across * down)
        r = np.where(down <= 1e-12 * np.maximum(yy, 1e-30), 0.0, np.clip(r, -1, 1))
        return np.where(across <= 1e-12 * np.maximum(xx, 1e-30), np.nan, r)


def estimate(subjects: Sequence[np.ndarray], draws: int, seed: int, level: float = 0.95) -> Estimate:
    """Return the mean correlation over parameters and subjects from sums (trials, P, 6) of each subject, and its interval.

    A draw takes subjects with replacement, and of each of them trials with replacement. With one subject the interval is that over
    trials, and says nothing about other subjects.
    """
    value = float(np.mean([_mean(sums.sum(0)) for sums in subjects]))
    if sum(map(len, subjects)) < 2:
        return Estimate(value, np.nan, np.nan)
    rng = random_draws.rng("neural bootstrap", seed)
    means = np.empty(draws)
    for draw in range(draws):
        chosen = rng.integers(len(subjects), size=len(subjects))
        own = []
        for number in chosen:
            trials = subjects[number]
            counts = np.bincount(rng.integers(len(trials), size=len(trials)), minlength=len(trials))
            own.append(_mean(np.tensordot(counts, trials, 1)))
        means[draw] = np.mean(own)
    low, high = np.nanquantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


def by_chance(truth: np.ndarray, guess: np.ndarray, known: np.ndarray, shifts: int, seed: int) -> np.ndarray:
    """Return the mean correlation over parameters (shifts,) of the estimate, shifted against the truth by random times.

    A shift goes round the end, and is at least a tenth of the length: rhythm and spectrum of both stay, their relation is lost.
    """
    length = len(truth)
    rng = random_draws.rng("neural shifts", seed)
    least = max(1, length // 10)
    steps = rng.integers(least, max(least + 1, length - least), size=shifts)
    return np.array([_mean(Sums.of(truth, np.roll(guess, step, axis=0), known).values) for step in steps])


def _mean(values: np.ndarray) -> float:
    own = Sums(values).pearson()
    known = own[np.isfinite(own)]
    return float(known.mean()) if len(known) else float("nan")


def phase_shuffled(signals: np.ndarray, seed: int) -> np.ndarray:
    """Return signals (T, E) with the spectra of the given ones and random phases, independent for each electrode."""
    rng = random_draws.rng("neural phases", seed)
    spectra = np.fft.rfft(signals, axis=0)
    turned = np.exp(2j * np.pi * rng.random(spectra.shape))
    turned[0] = 1
    if len(signals) % 2 == 0:
        turned[-1] = 1
    return np.fft.irfft(spectra * turned, len(signals), axis=0).astype(np.float32)


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the area under the curve: the share of pairs in which the positive value is greater; ties count half.

    >>> auc(np.array([3.0, 2.0]), np.array([1.0, 2.0]))
    0.875
    """
    if not len(positive) or not len(negative):
        return float("nan")
    greater = positive[:, None] > negative
    return float((greater + 0.5 * (positive[:, None] == negative)).mean())
