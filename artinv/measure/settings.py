"""Metrics of estimated settings of a synthesizer: how well a classifier ranks the levels of each parameter.

`scores` (N, P, L) holds a score for each level of each parameter, -inf beyond a parameter's last level; `truth` (N, P) holds the
numbers of the true levels. Every function returns one value per sound and parameter (N, P), whose mean is the metric.
"""

import numpy as np


def percentile_rank(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the share of the other levels that score lower than the true one; equal scores count half.

    1 where the true level scores highest, 0 where it scores lowest, .5 on average by chance.

    >>> percentile_rank(np.array([[[0.1, 0.7, 0.2]]]), np.array([[2]]))
    array([[0.5]])
    """
    own = np.take_along_axis(scores, truth[..., None], -1)
    others = np.isfinite(scores).sum(-1) - 1
    lower = (scores < own).sum(-1) - np.isneginf(scores).sum(-1)
    equal = (scores == own).sum(-1) - 1
    return (lower + equal / 2) / others


def within_best(scores: np.ndarray, truth: np.ndarray, k: int) -> np.ndarray:
    """Return whether the true level is one of the k levels with the highest scores; of equal scores, the lower level comes first.

    >>> within_best(np.array([[[0.1, 0.7, 0.2]]]), np.array([[2]]), 2)
    array([[ True]])
    """
    best = np.argsort(-scores, axis=-1, kind="stable")[..., :k]
    return (best == truth[..., None]).any(-1)


def masked_mean(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the mean over sounds of each parameter (P,), where `mask` (N, P) is True; NaN for a parameter without such a sound.

    With the mask of the sounds in which a change of the parameter is audible, this is a metric that does not depend on settings
    that no sound can reveal, such as the frequency of an oscillator without amplitude.

    >>> masked_mean(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[True, False], [True, False]]))
    array([ 2., nan])
    """
    count = mask.sum(0)
    return np.where(count > 0, np.where(mask, values, 0).sum(0) / np.maximum(count, 1), np.nan)
