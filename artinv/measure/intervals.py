"""Prediction intervals: for each frame and channel, a margin that contains a stated share of the errors.

The width of an interval is learned: the logarithm of the absolute error is regressed on the acoustics and the prediction at that
frame and, between speakers, on the variance of the predictions, because an uncertain predictor stays near the mean. For a
calibrated predictor, in standard deviations of the speaker, the mean square error is 1 minus the mean square of the prediction.

The coverage is calibrated (split conformal prediction): the margin is the learned width times the factor that contains the stated
share of the errors on utterances that the width was not learned from. The errors of each speaker are kept as a histogram over the
logarithm of error / width, so that folds are calibrated on one another without storing their predictions.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.measure.metrics import average
from artinv.runtime.params import Params

EDGES = np.linspace(-6.0, 4.0, 401)
"""Edges of the histogram's classes, natural logarithm of error / width; values beyond them count in the outermost class."""

NEAR = 0.05
"""Largest difference from the nominal coverage at which the coverage of a speaker counts as correct."""

_TINY = 1e-4  # standard deviations; keeps the logarithm of an error finite
_CLIP = 3.0  # standard deviations to which acoustics are clipped, so that a click cannot inflate a margin
_REACH = 1.5  # natural logarithm; largest distance of a width from its mean
_TEMPER = 0.5  # exponent of the predicted error; margins are narrowest with an exponent below 1
_PENALTY = 1e-2  # ridge penalty of the regression, relative to the mean power of its inputs
_MOST = 0.95  # largest share of the variance of the truth that a prediction is assumed to explain
_AVERAGE_WEIGHT = 3000  # weight, in frames, of the average speaker in the level of a speaker
_SLOPE = 0.01  # variance of levels between speakers at which the estimated slope is shrunk by half


class IntervalParams(Params):
    """Parameters of prediction intervals."""

    section: ClassVar[str] = "intervals"
    level: float = Field(gt=0, lt=1)  # nominal coverage: share of true values inside the interval


@dataclass(frozen=True, slots=True)
class Width:
    """The expected size of an error as a log-linear function of acoustics and prediction."""

    weights: np.ndarray  # (values, 18) float32
    centre: np.ndarray  # (18,) float32, mean logarithm of a width
    average_square: np.ndarray = field(default_factory=lambda: np.zeros(len(CHANNELS), np.float32))
    """(18,) float32, mean square of the predictions of an average speaker."""
    slope: float = 0.0
    """Slope of the logarithm of a width on the level of its speaker, 0 to 1."""

    @classmethod
    def constant(cls, values: int) -> Self:
        """Return a width of 1 at every frame, for `values` acoustic values: the baseline of a learned width."""
        return cls(np.zeros((1 + values + 2 * len(CHANNELS), len(CHANNELS)), np.float32), np.zeros(len(CHANNELS), np.float32))

    @classmethod
    def fit(
        cls, acoustics: Sequence[np.ndarray], predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray],
        speakers: Sequence[Hashable] | None = None,
    ) -> Self:
        """Fit a width to utterances: acoustics (K, D), predicted and true motion (K, 18) in standard deviations, NaN if unknown.

        `speakers`: the speaker of each utterance. Without it, all utterances count as one speaker's, and the slope is 0.
        """
        inputs = np.concatenate([_inputs(*pair) for pair in zip(acoustics, predicted, strict=True)]).astype(np.float64)
        errors = np.log(np.abs(np.concatenate(predicted) - np.concatenate(truth)) + _TINY)
        frames = np.repeat(_numbers(speakers or [0] * len(predicted)), [len(motion) for motion in predicted])
        average_square, slope, levels = _by_speaker(np.concatenate(predicted), errors, frames)
        errors -= slope * levels[frames]
        weights = np.zeros((inputs.shape[1], len(CHANNELS)))
        for channel, known in enumerate(np.isfinite(errors).T):
            if known.any():
                x = inputs[known]
                square = x.T @ x / len(x)
                square += _PENALTY * np.trace(square) / len(square) * np.eye(len(square))
                weights[:, channel] = np.linalg.solve(square, x.T @ errors[known, channel] / len(x))
        centre = (inputs @ weights).mean(axis=0)
        return cls(weights.astype(np.float32), centre.astype(np.float32), average_square.astype(np.float32), slope)

    def level(self, predicted: Sequence[np.ndarray]) -> np.ndarray:
        """Return (18,) the logarithm of a speaker's errors relative to the average speaker, estimated from the predictions."""
        frames = sum(map(len, predicted))
        square = sum(np.square(motion, dtype=np.float64).sum(axis=0) for motion in predicted)
        return _level((square + _AVERAGE_WEIGHT * self.average_square) / (frames + _AVERAGE_WEIGHT), self.average_square)

    def of(self, acoustics: np.ndarray, predicted: np.ndarray, level: np.ndarray | float = 0.0) -> np.ndarray:
        """Return widths (K, 18) float32 in standard deviations; `level` of the speaker, 0 for an average one."""
        logarithm = np.clip(_inputs(acoustics, predicted) @ self.weights, self.centre - _REACH, self.centre + _REACH)
        return np.exp(_TEMPER * logarithm + np.float32(self.slope) * np.asarray(level, np.float32))


@dataclass(frozen=True, slots=True)
class ErrorHistogram:
    """Histograms of one speaker's errors relative to their widths."""

    counts: np.ndarray  # (18, classes) int64, frames per class of EDGES
    width: np.ndarray  # (18,) mean width over the frames, standard deviations; NaN where the channel is absent

    @classmethod
    def of(cls, widths: Sequence[np.ndarray], predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> Self:
        """Count the errors in utterances of one speaker, each (K, 18)."""
        width = np.concatenate(widths)
        error = np.abs(np.concatenate(predicted) - np.concatenate(truth))
        known = np.isfinite(error)
        classes = np.digitize(np.log((error + _TINY) / width), EDGES[1:-1])
        counts = np.stack([np.bincount(classes[frames, at], minlength=len(EDGES) - 1) for at, frames in enumerate(known.T)])
        with np.errstate(invalid="ignore"):
            return cls(counts, np.where(known, width, 0).sum(axis=0) / known.sum(axis=0))

    @classmethod
    def of_lists(cls, counts: Sequence[Sequence[int]], width: Sequence[float | None]) -> Self:
        """Read values from JSON, in which null stands for NaN."""
        return cls(np.array(counts, np.int64), np.array(width, float))

    @property
    def shares(self) -> np.ndarray:
        """Return (18, edges), the share of errors below each of EDGES; NaN for an absent channel."""
        below = np.concatenate([np.zeros((len(self.counts), 1)), np.cumsum(self.counts, axis=1)], axis=1)
        with np.errstate(invalid="ignore"):
            return below / below[:, -1:]

    def share(self, factor: np.ndarray) -> np.ndarray:
        """Return (18,), the share of errors below factor * width, interpolated linearly; NaN for an absent channel."""
        return np.array([np.interp(np.log(value), EDGES, row) for value, row in zip(factor, self.shares, strict=True)])


def factors(speakers: Iterable[ErrorHistogram], level: float) -> np.ndarray:
    """Return (18,), the factor of the widths that contains the share `level` of the errors; speakers weigh equally; else NaN."""
    mean = average(np.stack([speaker.shares for speaker in speakers]))  # (18, edges)
    return np.array([np.exp(np.interp(level, row, EDGES)) if np.isfinite(row).all() else np.nan for row in mean])


@dataclass(frozen=True, slots=True)
class Interval:
    """A width and the factor that converts it to a margin, as stored in a model file."""

    width: Width
    factor: np.ndarray  # (18,) NaN for a channel without known errors
    level: float

    def margin(self, acoustics: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """Return margins (K, 18) float32 in standard deviations; infinite for a channel without known errors."""
        width = self.width.of(acoustics, predicted, self.width.level([predicted]))
        return (width * np.where(np.isfinite(self.factor), self.factor, np.inf)).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store in a model file."""
        return {"interval_weights": self.width.weights, "interval_centre": self.width.centre,
                "interval_usual": self.width.average_square, "interval_slope": np.array([self.width.slope], np.float32),
                "interval_factor": self.factor.astype(np.float32), "interval_level": np.array([self.level], np.float32)}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Self | None:
        """Read the arrays of a model file; return None if it has no interval."""
        if "interval_weights" not in arrays:
            return None
        width = Width(arrays["interval_weights"], arrays["interval_centre"])
        if "interval_slope" in arrays:
            width = replace(width, average_square=arrays["interval_usual"], slope=float(arrays["interval_slope"][0]))
        return cls(width, arrays["interval_factor"], round(float(arrays["interval_level"][0]), 6))


@dataclass(frozen=True, slots=True)
class ChannelCoverage:
    """Coverage and margin of the intervals of one channel."""

    coverage: float  # share of true values inside
    margin: float  # half an interval, standard deviations


@dataclass(frozen=True, slots=True)
class SpeakerCoverage:
    """Coverage and margin of the intervals of one speaker."""

    coverage: float  # share of true values inside
    margin: float  # half an interval, standard deviations
    calibrated_on: int  # other speakers


@dataclass(frozen=True, slots=True)
class KindCoverage:
    """Coverage and margin of one kind of interval on unseen speakers; speakers weigh equally."""

    coverage: float  # share of true values inside
    margin: float  # half width of an interval, standard deviations
    within: int  # speakers whose coverage is within 5 points of the nominal coverage
    articulators: Mapping[str, ChannelCoverage]
    speakers: Mapping[str, SpeakerCoverage]


def cross_calibrate(
    tested: Mapping[str, Mapping[str, ErrorHistogram]], calibrating: Mapping[str, Sequence[Mapping[str, ErrorHistogram]]],
    level: float,
) -> dict[str, KindCoverage]:
    """Return the coverage by kind of width, with each tested speaker's intervals calibrated on that speaker's `calibrating` entry.

    Both arguments contain the errors of speakers by kind of width (`learned`, `constant`).
    """
    return {kind: _kind_coverage({name: errors[kind] for name, errors in tested.items()},
                                 {name: [errors[kind] for errors in others] for name, others in calibrating.items()}, level)
            for kind in next(iter(tested.values()))}


def _kind_coverage(
    tested: Mapping[str, ErrorHistogram], calibrating: Mapping[str, Sequence[ErrorHistogram]], level: float,
) -> KindCoverage:
    factor = {name: factors(calibrating[name], level) for name in tested}
    shares = {name: errors.share(factor[name]) for name, errors in tested.items()}
    margins = {name: errors.width * factor[name] for name, errors in tested.items()}
    coverage, margin = (average(np.stack(list(rows.values()))) for rows in (shares, margins))
    speakers = {
        name: SpeakerCoverage(float(np.nanmean(shares[name])), float(np.nanmean(margins[name])), len(calibrating[name]))
        for name in tested
    }
    return KindCoverage(
        float(np.nanmean(coverage)), float(np.nanmean(margin)),
        count_near_nominal([speaker.coverage for speaker in speakers.values()], level),
        {channel: ChannelCoverage(float(coverage[at]), float(margin[at]))
         for at, channel in enumerate(CHANNELS) if np.isfinite(coverage[at])},
        speakers,
    )


def count_near_nominal(shares: Iterable[float], level: float) -> int:
    """Return how many shares are within 5 points of the nominal coverage."""
    return sum(abs(share - level) <= NEAR + 1e-9 for share in shares)


def _numbers(names: Sequence[Hashable]) -> np.ndarray:
    """Return the number of each name, in order of first appearance."""
    number = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names])


def _level(square: np.ndarray, average_square: np.ndarray) -> np.ndarray:
    """Return half the logarithm of the unexplained share of variance, relative to that of the average speaker."""
    own, average_speaker = (np.log(1 - np.minimum(explained, _MOST)) for explained in (square, average_square))
    return (own - average_speaker) / 2


def _by_speaker(predicted: np.ndarray, errors: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Return the mean square of an average speaker (18,), the slope of log errors on the level, and levels (speakers, 18).

    `errors`: logarithms (K, 18), NaN where unknown; `frames`: (K,) the number of the speaker of each frame. All channels share one
    slope; each has its own intercept. The slope is shrunk where levels hardly differ, and is 0 for one speaker.
    """
    own = [frames == number for number in range(frames.max() + 1)]
    square = np.stack([np.square(predicted[rows], dtype=np.float64).mean(axis=0) for rows in own])
    average_square = square.mean(axis=0)
    levels, mean_errors = _level(square, average_square), np.stack([average(errors[rows]) for rows in own])
    known = np.isfinite(mean_errors)
    x, y = (np.where(known, values - average(np.where(known, values, np.nan)), 0) for values in (levels, mean_errors))
    slope = (x * y).sum() / (np.square(x).sum() + _SLOPE * known.sum())
    return average_square, float(np.clip(slope, 0, 1)), levels


def _inputs(acoustics: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the regressors (K, 1 + D + 36): a constant, the clipped acoustics, the predicted positions and their speeds."""
    speed = np.abs(np.gradient(predicted, axis=0)) if len(predicted) > 1 else np.zeros_like(predicted)
    return np.concatenate([np.ones((len(acoustics), 1), np.float32), np.clip(acoustics, -_CLIP, _CLIP), predicted, speed], axis=1)
