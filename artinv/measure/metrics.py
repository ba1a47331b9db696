"""Metrics of predicted against measured motion: pure functions on (..., frames, channels) arrays, computed in float64.

Frames in which the measured value is NaN (lost coil, absent channel, padding) are ignored. A result has the input's shape
without the frame axis; a result without a value is NaN.
"""

import numpy as np

from artinv.core.channels import IN_COILS, IN_MM

METRICS = ("pearson", "rmse_mm", "rmse_z", "rmse_mm_blind")
"""The metrics of a trajectory, in the order of tables. Higher is better for `pearson`, lower for the others."""

COILS = {f"{metric}_coils": metric for metric in ("pearson", "rmse_mm", "rmse_z")}
"""Means over the 12 coordinates of tongue, jaw and lips -> the metric that is averaged."""

AVERAGES = {**{metric: metric for metric in METRICS}, **COILS}
"""All reported means over trajectories -> the metric that is averaged."""

ADAPTED = ("pearson", "pearson_coils", "rmse_mm_blind")
"""Metrics of speaker adaptation; the other metrics use the speaker's own statistics, which adaptation has to estimate."""

_STILL = 1e-6
"""A trajectory whose standard deviation is below this share of its largest value is constant: float32 rounding noise."""


def pearson(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Return the correlation over the frame axis; NaN if the truth is constant, 0 if only the prediction is constant.

    >>> float(pearson(np.array([[1.0], [2.0], [np.nan], [4.0]]), np.array([[-2.0], [-4.0], [9.0], [-8.0]]))[0])
    -1.0
    """
    measured = np.isfinite(truth)
    x, x_still = _centred(truth, measured)
    y, y_still = _centred(prediction, measured)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.einsum("...tc,...tc->...c", x, y) / np.sqrt(_power(x) * _power(y))
    return np.where(x_still, np.nan, np.where(y_still, 0.0, np.clip(r, -1.0, 1.0)))


def is_constant(truth: np.ndarray) -> np.ndarray:
    """Return True where a channel is measured but constant and has no correlation; reports count these channels."""
    measured = np.isfinite(truth)
    return _centred(truth, measured)[1] & measured.any(axis=-2)


def rmse(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Return the root mean square error over the frame axis, in the unit of the input; z-scores give `rmse_z`."""
    measured = np.isfinite(truth)
    error = np.where(measured, np.asarray(prediction, np.float64) - np.where(measured, truth, 0), 0)
    return np.sqrt(_over(_power(error), measured.sum(axis=-2)))


def rmse_mm(truth: np.ndarray, prediction: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Return the RMSE in mm of z-scored trajectories, both converted with the statistics of the measured speaker.

    The speaker's moving mean cancels; `std` (channels,) is the speaker's standard deviation in mm.
    """
    return rmse(truth, prediction) * np.asarray(std, np.float64)


def rmse_mm_blind(
    truth: np.ndarray, prediction: np.ndarray, own: tuple[np.ndarray, np.ndarray], average: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the RMSE in mm when only the sound of the measured speaker is known.

    Truth in mm = z * std + mean, with `own` (mean, std) of that speaker; its mean is the moving mean of that utterance.
    Prediction in mm = z * std + mean, with `average` (mean, std): the session mean and the std of each training speaker, averaged
    over the training speakers who have the channel. The result includes errors of shape, size and position. The position error can
    be centimetres, because heads and coil positions differ. NaN where no training speaker has the channel.
    """
    (mean, std), (other_mean, other_std) = (
        [np.asarray(value, np.float64)[..., None, :] for value in pair] for pair in (own, average)
    )
    return rmse(truth * std + mean, prediction * other_std + other_mean)


def mean_over(values: np.ndarray, metric: str) -> np.ndarray:
    """Return the mean over the channels (last axis) that have a value; a metric in mm is averaged over the 16 channels in mm.

    `metric`: a key of AVERAGES; a key that ends in `_coils` is a mean over the 12 coordinates of tongue, jaw and lips.
    """
    values = np.asarray(values, np.float64)
    measured = np.isfinite(values)
    if metric.startswith("rmse_mm"):
        measured &= IN_MM
    if metric in COILS:
        measured &= IN_COILS
    return _over(np.where(measured, values, 0).sum(axis=-1), measured.sum(axis=-1))


def average(values: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis (utterances, speakers), ignoring NaN; NaN if there is no value."""
    measured = np.isfinite(values)
    return _over(np.where(measured, values, 0).sum(axis=0, dtype=np.float64), measured.sum(axis=0))


def _centred(values: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values minus their mean in float64, 0 where not measured, and True where they are constant."""
    values = np.where(measured, values, 0).astype(np.float64)
    count = measured.sum(axis=-2)
    centred = np.where(measured, values - _over(values.sum(axis=-2), count)[..., None, :], 0)
    largest = np.abs(values).max(axis=-2, initial=0)
    return centred, ~(_over(_power(centred), count) > np.square(_STILL * largest))


def _power(values: np.ndarray) -> np.ndarray:
    return np.einsum("...tc,...tc->...c", values, values)


def _over(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return sum / count; NaN, without a warning, where the count is 0."""
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=np.asarray(count) > 0)[()]
