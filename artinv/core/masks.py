"""Runs of True in masks over time."""

import numpy as np


def runs(mask: np.ndarray) -> np.ndarray:
    """Return (n, 2): the first index and the last index + 1 of every run of True.

    >>> runs(np.array([True, False, True, True])).tolist()
    [[0, 1], [2, 4]]
    """
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)
