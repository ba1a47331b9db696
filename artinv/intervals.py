"""How far off a prediction may be: a margin per frame and articulator that holds a stated share of errors.

The width is learned: the logarithm of the absolute error is regressed on what is heard and predicted at that frame. The level
is calibrated (split conformal prediction): the margin is the learned width times the factor that holds the stated share of
errors on utterances that the width was not learned from. Errors of each speaker are kept as a histogram over the logarithm of
error / width, so that folds can be calibrated on one another without keeping their predictions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from artinv.channels import CHANNELS
from artinv.metrics import average
from artinv.params import Params

EDGES = np.linspace(-6.0, 4.0, 401)
"""Of the histogram's classes, natural logarithm of error / width; what lies beyond counts in the outermost class."""

_TINY = 1e-4  # standard deviations; keeps the logarithm of an error finite
_HEARD = 3.0  # standard deviations to which acoustics are clipped, so that a click cannot blow a margin up
_REACH = 1.5  # natural logarithm; widths stay within this of their mean
_TEMPER = 0.5  # of the logarithm: margins are narrowest if they follow the usual error less than in proportion
_PENALTY = 1e-2  # of the regression, relative to the mean power of its inputs


class IntervalParams(Params):
    """What an interval promises."""

    section: ClassVar[str] = "intervals"
    level: float = Field(gt=0, lt=1)  # share of true values that lie inside


@dataclass(frozen=True, slots=True)
class Width:
    """The usual size of an error as a log-linear function of what is heard and predicted."""

    weights: np.ndarray  # (values, 18) float32
    centre: np.ndarray  # (18,) float32, mean logarithm of a width

    @classmethod
    def constant(cls, values: int) -> Self:
        """A width of 1 at every frame, for `values` acoustic values: what a learned one has to beat."""
        return cls(np.zeros((1 + values + 2 * len(CHANNELS), len(CHANNELS)), np.float32), np.zeros(len(CHANNELS), np.float32))

    @classmethod
    def fit(cls, heard: Sequence[np.ndarray], predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> Self:
        """From utterances: acoustics (K, D), predicted and true motion (K, 18) in standard deviations, NaN where unknown."""
        inputs = np.concatenate([_inputs(*pair) for pair in zip(heard, predicted, strict=True)]).astype(np.float64)
        errors = np.log(np.abs(np.concatenate(predicted) - np.concatenate(truth)) + _TINY)
        weights = np.zeros((inputs.shape[1], len(CHANNELS)))
        for channel, known in enumerate(np.isfinite(errors).T):
            if known.any():
                x = inputs[known]
                square = x.T @ x / len(x)
                square += _PENALTY * np.trace(square) / len(square) * np.eye(len(square))
                weights[:, channel] = np.linalg.solve(square, x.T @ errors[known, channel] / len(x))
        return cls(weights.astype(np.float32), (inputs @ weights).mean(axis=0).astype(np.float32))

    def of(self, heard: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """(K, 18) float32, standard deviations."""
        logarithm = _inputs(heard, predicted) @ self.weights
        return np.exp(_TEMPER * np.clip(logarithm, self.centre - _REACH, self.centre + _REACH))


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors of one speaker relative to their widths."""

    counts: np.ndarray  # (18, classes) int64, frames by class of EDGES
    width: np.ndarray  # (18,) mean width over the frames, standard deviations; NaN where the channel is absent

    @classmethod
    def of(cls, widths: Sequence[np.ndarray], predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> Self:
        """From utterances of one speaker, each (K, 18)."""
        width = np.concatenate(widths)
        error = np.abs(np.concatenate(predicted) - np.concatenate(truth))
        known = np.isfinite(error)
        classes = np.digitize(np.log((error + _TINY) / width), EDGES[1:-1])
        counts = np.stack([np.bincount(classes[there, at], minlength=len(EDGES) - 1) for at, there in enumerate(known.T)])
        with np.errstate(invalid="ignore"):
            return cls(counts, np.where(known, width, 0).sum(axis=0) / known.sum(axis=0))

    @classmethod
    def of_lists(cls, counts: Sequence[Sequence[int]], width: Sequence[float | None]) -> Self:
        """From JSON, where null stands for NaN."""
        return cls(np.array(counts, np.int64), np.array(width, float))

    @property
    def shares(self) -> np.ndarray:
        """(18, edges) share of errors below each of EDGES; NaN where absent."""
        below = np.concatenate([np.zeros((len(self.counts), 1)), np.cumsum(self.counts, axis=1)], axis=1)
        with np.errstate(invalid="ignore"):
            return below / below[:, -1:]

    def share(self, factor: np.ndarray) -> np.ndarray:
        """(18,) share of errors below factor * width, between classes along a straight line; NaN where absent."""
        return np.array([np.interp(np.log(one), EDGES, row) for one, row in zip(factor, self.shares, strict=True)])


def factors(speakers: Iterable[Errors], level: float) -> np.ndarray:
    """(18,) what to multiply widths with so that they hold `level` of the errors, every speaker counting once; else NaN."""
    mean = average(np.stack([one.shares for one in speakers]))  # (18, edges)
    return np.array([np.exp(np.interp(level, row, EDGES)) if np.isfinite(row).all() else np.nan for row in mean])


@dataclass(frozen=True, slots=True)
class Interval:
    """A width and the factor that makes a margin of it, as a model's file holds them."""

    width: Width
    factor: np.ndarray  # (18,) NaN where the channel was never known
    level: float

    def margin(self, heard: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """(K, 18) float32, standard deviations; infinite where nothing is known of the channel's errors."""
        return (self.width.of(heard, predicted) * np.where(np.isfinite(self.factor), self.factor, np.inf)).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """For a model's file."""
        return {"interval_weights": self.width.weights, "interval_centre": self.width.centre,
                "interval_factor": self.factor.astype(np.float32), "interval_level": np.array([self.level], np.float32)}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Self | None:
        """From a model's file; None where it has no interval."""
        if "interval_weights" not in arrays:
            return None
        width = Width(arrays["interval_weights"], arrays["interval_centre"])
        return cls(width, arrays["interval_factor"], round(float(arrays["interval_level"][0]), 6))


def across(speakers: Mapping[str, Mapping[str, Errors]], level: float) -> dict[str, dict]:
    """Calibrate each speaker's intervals on all others': coverage and width by kind of interval (`learned`, `constant`).

    `speakers` holds the errors of each speaker by kind. Coverage is the share of true values inside, the width half an interval
    in standard deviations; both are means over speakers, by channel and over the channels.
    """
    report = {}
    for kind in next(iter(speakers.values())):
        shares, margins = [], []
        for name, errors in speakers.items():
            factor = factors((one[kind] for other, one in speakers.items() if other != name), level)
            shares.append(errors[kind].share(factor))
            margins.append(errors[kind].width * factor)
        coverage, margin = average(np.stack(shares)), average(np.stack(margins))
        report[kind] = {
            "coverage": float(np.nanmean(coverage)), "margin": float(np.nanmean(margin)),
            "articulators": {
                channel: {"coverage": float(coverage[at]), "margin": float(margin[at])}
                for at, channel in enumerate(CHANNELS) if np.isfinite(coverage[at])
            },
            "speakers": {name: float(np.nanmean(row)) for name, row in zip(speakers, shares, strict=True)},
        }
    return report


def _inputs(heard: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(K, 1 + D + 36): a constant, what is heard, where the articulators are and how fast they move."""
    speed = np.abs(np.gradient(predicted, axis=0)) if len(predicted) > 1 else np.zeros_like(predicted)
    return np.concatenate([np.ones((len(heard), 1), np.float32), np.clip(heard, -_HEARD, _HEARD), predicted, speed], axis=1)
