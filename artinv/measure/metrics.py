"""How far a predicted motion lies from the measured one: pure functions on (..., frames, channels) arrays, float64 inside.

A frame in which the measured value is NaN (lost coil, absent channel, padding) does not exist for any of them. Results keep
the shape without the frame axis; NaN marks what has no value.
"""

import numpy as np

from artinv.core.channels import IN_COILS, IN_MM

METRICS = ("pearson", "rmse_mm", "rmse_z", "rmse_mm_blind")
"""All that is measured by trajectory, in the order of tables. Pearson: higher is better; the others: lower."""

COILS = {f"{metric}_coils": metric for metric in ("pearson", "rmse_mm", "rmse_z")}
"""Means over the 12 coordinates of tongue, jaw and lips alone, and the metric that each is a mean of."""

AVERAGES = {**{metric: metric for metric in METRICS}, **COILS}
"""Every mean over trajectories that is reported, and the metric that it is a mean of."""

ADAPTED = ("pearson", "pearson_coils", "rmse_mm_blind")
"""Those that say what adapting is worth; the others take for granted the speaker's own statistics, which are to be found."""

_STILL = 1e-6
"""A trajectory whose std is below this share of its largest value does not move: float32 noise on a constant."""


def pearson(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Correlation over the frame axis; NaN where the truth does not move, 0 where only the prediction does not.

    >>> float(pearson(np.array([[1.0], [2.0], [np.nan], [4.0]]), np.array([[-2.0], [-4.0], [9.0], [-8.0]]))[0])
    -1.0
    """
    there = np.isfinite(truth)
    x, x_still = _centred(truth, there)
    y, y_still = _centred(prediction, there)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.einsum("...tc,...tc->...c", x, y) / np.sqrt(_power(x) * _power(y))
    return np.where(x_still, np.nan, np.where(y_still, 0.0, np.clip(r, -1.0, 1.0)))


def still(truth: np.ndarray) -> np.ndarray:
    """True where a channel is there but does not move, so that it has no correlation; these are counted."""
    there = np.isfinite(truth)
    return _centred(truth, there)[1] & there.any(axis=-2)


def rmse(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Root mean square error over the frame axis, in the unit of the input: standard deviations give `rmse_z`."""
    there = np.isfinite(truth)
    error = np.where(there, np.asarray(prediction, np.float64) - np.where(there, truth, 0), 0)
    return np.sqrt(_over(_power(error), there.sum(axis=-2)))


def rmse_mm(truth: np.ndarray, prediction: np.ndarray, std: np.ndarray) -> np.ndarray:
    """RMSE in mm of z-scored trajectories, both turned into mm with the statistics of the speaker who was measured.

    The speaker's moving mean stands on both sides and cancels; `std` (channels,) is his standard deviation in mm.
    """
    return rmse(truth, prediction) * np.asarray(std, np.float64)


def rmse_mm_blind(
    truth: np.ndarray, prediction: np.ndarray, own: tuple[np.ndarray, np.ndarray], average: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """RMSE in mm when nothing is known of the measured speaker but the sound.

    Truth in mm = z * std + mean with `own` (mean, std) of that speaker (mean: the moving mean of that utterance).
    Prediction in mm = z * std + mean with `average` (mean, std): the session mean and the std of each training speaker, averaged
    over the training speakers who have the channel. So it holds the error of shape, of size, and of place: where heads and
    coils sit differently, the last can be centimetres. NaN where no training speaker has the channel.
    """
    (mean, std), (other_mean, other_std) = (
        [np.asarray(value, np.float64)[..., None, :] for value in pair] for pair in (own, average)
    )
    return rmse(truth * std + mean, prediction * other_std + other_mean)


def mean_over(values: np.ndarray, metric: str) -> np.ndarray:
    """Mean over the channels (last axis) that have a value; of millimetres, over the 16 that are millimetres.

    `metric`: a key of AVERAGES; one that ends in `_coils` is a mean over the 12 coordinates of tongue, jaw and lips.
    """
    values = np.asarray(values, np.float64)
    there = np.isfinite(values)
    if metric.startswith("rmse_mm"):
        there &= IN_MM
    if metric in COILS:
        there &= IN_COILS
    return _over(np.where(there, values, 0).sum(axis=-1), there.sum(axis=-1))


def average(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis (utterances, speakers) of what has a value; NaN where nothing has."""
    there = np.isfinite(values)
    return _over(np.where(there, values, 0).sum(axis=0, dtype=np.float64), there.sum(axis=0))


def _centred(values: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values less their mean, 0 where not there, in float64; and whether that leaves nothing."""
    values = np.where(there, values, 0).astype(np.float64)
    count = there.sum(axis=-2)
    centred = np.where(there, values - _over(values.sum(axis=-2), count)[..., None, :], 0)
    largest = np.abs(values).max(axis=-2, initial=0)
    return centred, ~(_over(_power(centred), count) > np.square(_STILL * largest))


def _power(values: np.ndarray) -> np.ndarray:
    return np.einsum("...tc,...tc->...c", values, values)


def _over(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """A mean from a sum; NaN, without a warning, where nothing was counted."""
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=np.asarray(count) > 0)[()]
