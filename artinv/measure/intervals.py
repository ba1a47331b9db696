"""How far off a prediction may be: a margin per frame and articulator that holds a stated share of errors.

The width is learned: the logarithm of the absolute error is regressed on what is heard and predicted at that frame, and, from
speaker to speaker, on how far predictions move: a predictor that is unsure keeps near the mean. In standard deviations of the
speaker the mean square of the error is 1 less that of the prediction, if the predictor judges itself rightly. The level is
calibrated (split conformal prediction): the margin is the learned width times the factor that holds the stated share of
errors on utterances that the width was not learned from. Errors of each speaker are kept as a histogram over the logarithm of
error / width, so that folds can be calibrated on one another without keeping their predictions.
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
"""Of the histogram's classes, natural logarithm of error / width; what lies beyond counts in the outermost class."""

NEAR = 0.05
"""A speaker whose coverage is off by no more is served as promised."""

_TINY = 1e-4  # standard deviations; keeps the logarithm of an error finite
_HEARD = 3.0  # standard deviations to which acoustics are clipped, so that a click cannot blow a margin up
_REACH = 1.5  # natural logarithm; widths stay within this of their mean
_TEMPER = 0.5  # of the logarithm: margins are narrowest if they follow the usual error less than in proportion
_PENALTY = 1e-2  # of the regression, relative to the mean power of its inputs
_MOST = 0.95  # of the variance of the truth, that a prediction is taken to explain
_USUAL = 3000  # frames that the usual speaker counts for in the level of one of whom little is known
_SLOPE = 0.01  # variance of levels over speakers at which half of the slope on them is believed


class IntervalParams(Params):
    """What an interval promises."""

    section: ClassVar[str] = "intervals"
    level: float = Field(gt=0, lt=1)  # share of true values that lie inside


@dataclass(frozen=True, slots=True)
class Width:
    """The usual size of an error as a log-linear function of what is heard and predicted."""

    weights: np.ndarray  # (values, 18) float32
    centre: np.ndarray  # (18,) float32, mean logarithm of a width
    usual: np.ndarray = field(default_factory=lambda: np.zeros(len(CHANNELS), np.float32))
    """(18,) float32, mean square of the predictions of a usual speaker."""
    slope: float = 0.0
    """By which the logarithm of a width follows the level of its speaker, 0 to 1."""

    @classmethod
    def constant(cls, values: int) -> Self:
        """A width of 1 at every frame, for `values` acoustic values: what a learned one has to beat."""
        return cls(np.zeros((1 + values + 2 * len(CHANNELS), len(CHANNELS)), np.float32), np.zeros(len(CHANNELS), np.float32))

    @classmethod
    def fit(
        cls, heard: Sequence[np.ndarray], predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray],
        speakers: Sequence[Hashable] | None = None,
    ) -> Self:
        """From utterances: acoustics (K, D), predicted and true motion (K, 18) in standard deviations, NaN where unknown.

        `speakers`: who speaks each; without it, all are one speaker's, from whom no slope can be learned.
        """
        inputs = np.concatenate([_inputs(*pair) for pair in zip(heard, predicted, strict=True)]).astype(np.float64)
        errors = np.log(np.abs(np.concatenate(predicted) - np.concatenate(truth)) + _TINY)
        frames = np.repeat(_numbers(speakers or [0] * len(predicted)), [len(one) for one in predicted])
        usual, slope, levels = _by_speaker(np.concatenate(predicted), errors, frames)
        errors -= slope * levels[frames]
        weights = np.zeros((inputs.shape[1], len(CHANNELS)))
        for channel, known in enumerate(np.isfinite(errors).T):
            if known.any():
                x = inputs[known]
                square = x.T @ x / len(x)
                square += _PENALTY * np.trace(square) / len(square) * np.eye(len(square))
                weights[:, channel] = np.linalg.solve(square, x.T @ errors[known, channel] / len(x))
        return cls(weights.astype(np.float32), (inputs @ weights).mean(axis=0).astype(np.float32), usual.astype(np.float32), slope)

    def level(self, predicted: Sequence[np.ndarray]) -> np.ndarray:
        """(18,) by which errors of a speaker are larger than usual, as a logarithm, seen from all predictions that there are."""
        frames = sum(map(len, predicted))
        square = sum(np.square(one, dtype=np.float64).sum(axis=0) for one in predicted)
        return _level((square + _USUAL * self.usual) / (frames + _USUAL), self.usual)

    def of(self, heard: np.ndarray, predicted: np.ndarray, level: np.ndarray | float = 0.0) -> np.ndarray:
        """(K, 18) float32, standard deviations; `level` of the speaker, 0 for a usual one."""
        logarithm = np.clip(_inputs(heard, predicted) @ self.weights, self.centre - _REACH, self.centre + _REACH)
        return np.exp(_TEMPER * logarithm + np.float32(self.slope) * np.asarray(level, np.float32))


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
        width = self.width.of(heard, predicted, self.width.level([predicted]))
        return (width * np.where(np.isfinite(self.factor), self.factor, np.inf)).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """For a model's file."""
        return {"interval_weights": self.width.weights, "interval_centre": self.width.centre,
                "interval_usual": self.width.usual, "interval_slope": np.array([self.width.slope], np.float32),
                "interval_factor": self.factor.astype(np.float32), "interval_level": np.array([self.level], np.float32)}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Self | None:
        """From a model's file; None where it has no interval."""
        if "interval_weights" not in arrays:
            return None
        width = Width(arrays["interval_weights"], arrays["interval_centre"])
        if "interval_slope" in arrays:
            width = replace(width, usual=arrays["interval_usual"], slope=float(arrays["interval_slope"][0]))
        return cls(width, arrays["interval_factor"], round(float(arrays["interval_level"][0]), 6))


@dataclass(frozen=True, slots=True)
class HeldChannel:
    """How intervals of one channel hold."""

    coverage: float  # share of true values inside
    margin: float  # half an interval, standard deviations


@dataclass(frozen=True, slots=True)
class HeldSpeaker:
    """How intervals of one speaker hold."""

    coverage: float  # share of true values inside
    margin: float  # half an interval, standard deviations
    calibrated_on: int  # other speakers


@dataclass(frozen=True, slots=True)
class Held:
    """How intervals of one kind hold on speakers who are new to them; every speaker counts once."""

    coverage: float  # share of true values inside
    margin: float  # half an interval, standard deviations
    within: int  # speakers whose own coverage is the promised one, give or take 5 points
    articulators: Mapping[str, HeldChannel]
    speakers: Mapping[str, HeldSpeaker]


def hold(
    tested: Mapping[str, Mapping[str, Errors]], calibrating: Mapping[str, Sequence[Mapping[str, Errors]]], level: float,
) -> dict[str, Held]:
    """Calibrate each speaker's intervals on the others that `calibrating` names for that speaker; by kind of width.

    Both hold the errors of speakers by kind of width (`learned`, `constant`).
    """
    return {kind: _hold({name: one[kind] for name, one in tested.items()},
                        {name: [one[kind] for one in others] for name, others in calibrating.items()}, level)
            for kind in next(iter(tested.values()))}


def _hold(tested: Mapping[str, Errors], calibrating: Mapping[str, Sequence[Errors]], level: float) -> Held:
    found = {name: factors(calibrating[name], level) for name in tested}
    shares = {name: errors.share(found[name]) for name, errors in tested.items()}
    margins = {name: errors.width * found[name] for name, errors in tested.items()}
    coverage, margin = (average(np.stack(list(rows.values()))) for rows in (shares, margins))
    speakers = {
        name: HeldSpeaker(float(np.nanmean(shares[name])), float(np.nanmean(margins[name])), len(calibrating[name]))
        for name in tested
    }
    return Held(
        float(np.nanmean(coverage)), float(np.nanmean(margin)), near([speaker.coverage for speaker in speakers.values()], level),
        {channel: HeldChannel(float(coverage[at]), float(margin[at]))
         for at, channel in enumerate(CHANNELS) if np.isfinite(coverage[at])},
        speakers,
    )


def near(shares: Iterable[float], level: float) -> int:
    """How many shares lie within 5 points of the promise."""
    return sum(abs(share - level) <= NEAR + 1e-9 for share in shares)


def _numbers(names: Sequence[Hashable]) -> np.ndarray:
    """Each name's number in the order of first appearance."""
    number = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names])


def _level(square: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Half the logarithm of the share of variance that is left unexplained, relative to the usual one."""
    left, commonly = (np.log(1 - np.minimum(one, _MOST)) for one in (square, usual))
    return (left - commonly) / 2


def _by_speaker(predicted: np.ndarray, errors: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Usual mean square (18,), slope of the logarithm of errors on the level, and levels (speakers, 18).

    `errors`: logarithms (K, 18), NaN where unknown; `frames`: (K,) the number of the speaker of each frame. One slope serves all
    channels, of which each has its own height; it is held back where levels hardly differ, and is 0 for one speaker.
    """
    own = [frames == number for number in range(frames.max() + 1)]
    square = np.stack([np.square(predicted[rows], dtype=np.float64).mean(axis=0) for rows in own])
    usual = square.mean(axis=0)
    levels, height = _level(square, usual), np.stack([average(errors[rows]) for rows in own])
    there = np.isfinite(height)
    x, y = (np.where(there, one - average(np.where(there, one, np.nan)), 0) for one in (levels, height))
    slope = (x * y).sum() / (np.square(x).sum() + _SLOPE * there.sum())
    return usual, float(np.clip(slope, 0, 1)), levels


def _inputs(heard: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(K, 1 + D + 36): a constant, what is heard, where the articulators are and how fast they move."""
    speed = np.abs(np.gradient(predicted, axis=0)) if len(predicted) > 1 else np.zeros_like(predicted)
    return np.concatenate([np.ones((len(heard), 1), np.float32), np.clip(heard, -_HEARD, _HEARD), predicted, speed], axis=1)
