"""Separated attribute predictability: how much better the best code value predicts a factor than the second best.

An ordered factor is predicted by a line, scored by R2. The level of another factor is predicted by the nearest mean of its levels,
scored by the accuracy averaged over levels, from 0 at chance level to 1.
"""

import numpy as np

from artinv.factors.disentanglement.coded import Coded


def sap(train: Coded, test: Coded) -> np.ndarray:
    """Return the gap of each factor (factors,), 0 to 1: predictors are fitted on `train` and scored on `test`."""
    best = np.sort(np.vstack([predictability(train, test), np.zeros(len(train.names))]), 0)[::-1]
    return best[0] - best[1]


def predictability(train: Coded, test: Coded) -> np.ndarray:
    """Return the score with which each code value alone predicts each factor (values, factors), at least 0."""
    scores = [
        (_line if ordered else _nearest)(train.codes, levels, test.codes, truth)
        for ordered, levels, truth in zip(train.ordered, train.levels.T, test.levels.T, strict=True)
    ]
    return np.where(train.moving[:, None], np.clip(np.stack(scores, 1), 0, 1), 0)


def _line(codes: np.ndarray, levels: np.ndarray, tested: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the R2 on the test points of a line for each code value."""
    centred, target = codes - codes.mean(0), levels - levels.mean()
    power = np.square(centred).sum(0)
    slope = target @ centred / np.where(power > 0, power, 1)
    errors = truth[:, None] - levels.mean() - (tested - codes.mean(0)) * slope
    return 1 - np.square(errors).sum(0) / np.square(truth - truth.mean()).sum()


def _nearest(codes: np.ndarray, levels: np.ndarray, tested: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the balanced accuracy above chance on the test points, of the nearest mean of a level, for each code value."""
    kinds = np.unique(levels)
    means = np.stack([codes[levels == kind].mean(0) for kind in kinds])
    guesses = np.empty(tested.shape, np.int64)
    for value in range(codes.shape[1]):
        order = np.argsort(means[:, value], kind="stable")
        middles = (means[order[1:], value] + means[order[:-1], value]) / 2
        guesses[:, value] = kinds[order[np.searchsorted(middles, tested[:, value])]]
    shown = np.unique(truth)
    accuracy = np.mean([(guesses[truth == kind] == kind).mean(0) for kind in shown], 0)
    return (accuracy - 1 / len(kinds)) / (1 - 1 / len(kinds))
