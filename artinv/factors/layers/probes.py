"""Linear probes: how well a linear map of a layer's values predicts a factor, on utterances or speakers that did not fit it."""

from collections.abc import Sequence

import numpy as np


def classify(values: np.ndarray, kinds: np.ndarray, tested: np.ndarray, truth: np.ndarray, penalty: float) -> float:
    """Return the balanced accuracy of a ridge classifier on the tested points, from 0 at chance level to 1.

    The classifier maps values to one indicator for each kind; all kinds weigh the same. Kinds absent from `truth` are ignored.
    """
    names, places = np.unique(kinds, return_inverse=True)
    weights = 1 / np.bincount(places)[places]
    scores = ridge(values, np.eye(len(names))[places], tested, penalty, weights / weights.mean())
    guess = names[scores.argmax(1)]
    shown = np.intersect1d(truth, names)
    if not len(shown):
        return np.nan
    accuracy = np.mean([(guess[truth == name] == name).mean() for name in shown])
    chance = 1 / len(names)
    return float((accuracy - chance) / (1 - chance))


def classify_across(values: np.ndarray, kinds: np.ndarray, groups: np.ndarray, penalty: float) -> float:
    """Return the score of `classify` where the points of each group are predicted from those of all other groups.

    Sums over each group and kind are computed once, so that a fit without one group costs no further pass over the points.
    """
    names, members = np.unique(kinds), np.unique(groups)
    inputs = values - values.mean(0)
    cells = {(group, kind): inputs[(groups == group) & (kinds == kind)] for group in members for kind in names}
    sums = {cell: (len(rows), rows.sum(0), rows.T @ rows) for cell, rows in cells.items()}
    right = np.zeros(len(values))
    for group in members:
        others = [_added([sums[other, kind] for other in members if other != group]) for kind in names]
        known = [number for number, (count, _, _) in enumerate(others) if count]
        means = np.stack([others[number][1] / others[number][0] for number in known])
        power = np.mean([others[number][2] / others[number][0] for number in known], 0)
        centre = means.mean(0)
        spread = power - np.outer(centre, centre)
        scale = np.sqrt(np.where(np.diag(spread) > 0, np.diag(spread), 1))
        slopes = np.linalg.solve(spread / np.outer(scale, scale) + penalty * np.eye(len(scale)), ((means - centre) / scale).T)
        own = groups == group
        right[own] = names[known][((inputs[own] - centre) / scale @ slopes).argmax(1)] == kinds[own]
    accuracy, chance = np.mean([right[kinds == name].mean() for name in names]), 1 / len(names)
    return float((accuracy - chance) / (1 - chance))


def predict(values: np.ndarray, targets: np.ndarray, tested: np.ndarray, truth: np.ndarray, penalty: float) -> np.ndarray:
    """Return the R2 (columns,) of a ridge regression of each target on the tested points; missing targets and results are NaN."""
    scores = np.full(targets.shape[1], np.nan)
    for columns in _alike(np.isfinite(targets)):
        known = np.isfinite(targets[:, columns[0]])
        if known.sum() < 2:
            continue
        guess = ridge(values[known], targets[np.ix_(known, columns)], tested, penalty)
        for place, column in enumerate(columns):
            shown = np.isfinite(truth[:, column])
            if shown.sum() > 1:
                right = truth[shown, column]
                scores[column] = 1 - np.square(right - guess[shown, place]).sum() / np.square(right - right.mean()).sum()
    return scores


def ridge(
    values: np.ndarray, targets: np.ndarray, tested: np.ndarray, penalty: float, weights: np.ndarray | None = None,
) -> np.ndarray:
    """Return predictions (tested, columns) of a ridge regression on standardized values; `penalty` is a share of their variance."""
    weights = np.ones(len(values)) if weights is None else weights
    mean = np.average(values, 0, weights)
    scale = np.sqrt(np.average(np.square(values - mean), 0, weights))
    scale = np.where(scale > 0, scale, 1)
    inputs, level = (values - mean) / scale, np.average(targets, 0, weights)
    weighted = inputs * weights[:, None]
    gram = weighted.T @ inputs + penalty * weights.sum() * np.eye(inputs.shape[1])
    slopes = np.linalg.solve(gram, weighted.T @ (targets - level))
    return (tested - mean) / scale @ slopes + level


def _added(parts: Sequence[tuple[int, np.ndarray, np.ndarray]]) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the sums of counts, values and products."""
    counts, totals, products = zip(*parts, strict=True)
    return sum(counts), np.sum(totals, 0), np.sum(products, 0)


def _alike(known: np.ndarray) -> Sequence[np.ndarray]:
    """Return the numbers of the columns with equal patterns of missing values, which one solution serves."""
    _, group = np.unique(known, axis=1, return_inverse=True)
    return [np.flatnonzero(group.ravel() == number) for number in range(group.max() + 1)]
