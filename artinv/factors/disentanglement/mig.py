"""Mutual information gap: how much more the best code value knows of a factor than the second best."""

import numpy as np

from artinv.factors.disentanglement.coded import Coded, binned


def mig(coded: Coded, bins: int) -> np.ndarray:
    """Return the gap of each factor (factors,), 0 to 1, as a share of the factor's entropy; a single value has no rival."""
    information = mutual_information(coded, bins)
    information[~coded.moving] = 0
    best = np.sort(np.vstack([information, np.zeros(information.shape[1])]), 0)[::-1]
    return (best[0] - best[1]) / entropies(coded.levels)


def mutual_information(coded: Coded, bins: int) -> np.ndarray:
    """Return the mutual information of each binned code value with each factor (values, factors) in nats."""
    codes = binned(coded.codes, bins)
    return np.array([[_information(codes[:, value], levels) for levels in coded.levels.T] for value in range(codes.shape[1])])


def entropies(levels: np.ndarray) -> np.ndarray:
    """Return the entropy of each column (columns,) in nats."""
    return np.array([_entropy(np.bincount(column)) for column in levels.T])


def _information(first: np.ndarray, second: np.ndarray) -> float:
    joint = np.bincount(first * (second.max() + 1) + second)
    return max(0.0, _entropy(np.bincount(first)) + _entropy(np.bincount(second)) - _entropy(joint))


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
