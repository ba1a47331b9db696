"""Interventional robustness score: how little a code value moves while its own factor stays and all others change."""

import numpy as np

from artinv.factors.disentanglement.coded import Coded

QUANTILE = 0.99
"""Quantile of a deviation that stands for the largest one, so that single points do not decide."""


def irs(coded: Coded) -> float:
    """Return the score, 0 to 1: the mean over code values, weighted by how much they move; 0 for a constant code.

    For each factor and level, the deviation of a code value is that of the points of this level from their mean. Its mean over
    levels, relative to the deviation over all points, is the harm that the other factors do. A value belongs to the factor for
    which the harm is least.
    """
    codes = coded.codes[:, coded.moving]
    if not codes.shape[1]:
        return 0.0
    largest = _deviation(codes)
    keep = largest > 0
    codes, largest = codes[:, keep], largest[keep]
    harm = np.stack([np.mean([_deviation(codes[column == level]) for level in np.unique(column)], 0) for column in coded.levels.T])
    robust = 1 - np.minimum(harm / largest, 1).min(0)
    return float((robust * largest).sum() / largest.sum()) if len(largest) else 0.0


def _deviation(codes: np.ndarray) -> np.ndarray:
    """Return the largest distance from the mean of each code value."""
    return np.quantile(np.abs(codes - codes.mean(0)), QUANTILE, axis=0)
