"""How sure a mean is: percentile bootstrap over sentences (one fold) or over speakers (leave one speaker out)."""

from collections.abc import Hashable, Sequence

import numpy as np

_BLOCK = 2**22  # numbers of one block of resampled counts, 32 MB


def resample(values: np.ndarray, draws: int, seed: int, groups: Sequence[Hashable] | None = None) -> np.ndarray:
    """(draws, channels) means over the rows of (rows, channels) `values`, each draw taking rows with replacement.

    `groups` names the group of each row, such as its sentence: rows of a group are drawn together, because takes of a sentence
    are no independent evidence. All channels share the rows of a draw, so that a mean over channels of the result is a draw of
    that mean. NaN is left out of the mean, as it is in the value itself. The draws depend on the seed and the number of groups.
    """
    values = np.asarray(values, np.float64)
    if not len(values):
        return np.full((draws, values.shape[1]), np.nan)
    there = np.isfinite(values)
    known, present = np.where(there, values, 0), there.astype(np.float64)
    if groups is not None:
        known, present = (_sums(part, groups) for part in (known, present))
    rows = len(known)
    generator = np.random.default_rng(seed)
    chosen = np.full(rows, 1 / rows)
    means = []
    block = max(1, _BLOCK // rows)
    for first in range(0, draws, block):
        times = generator.multinomial(rows, chosen, size=min(block, draws - first)).astype(np.float64)
        total, count = times @ known, times @ present
        means.append(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
    return np.concatenate(means)


def _sums(values: np.ndarray, groups: Sequence[Hashable]) -> np.ndarray:
    """(groups, channels) sums over the rows of each group, in the order in which groups first appear."""
    number = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    total = np.zeros((len(number), values.shape[1]))
    np.add.at(total, [number[group] for group in groups], values)
    return total


def interval(samples: np.ndarray, rows: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the middle `level` of the draws (first axis); NaN for fewer than two rows, which show no spread.

    `rows`: how many rows, or groups of rows, were drawn from.
    """
    tail = (1 - level) / 2
    if rows < 2:
        return np.full(samples.shape[1:], np.nan), np.full(samples.shape[1:], np.nan)
    ends = np.full((2, *samples.shape[1:]), np.nan)
    drawn = np.isfinite(samples).any(axis=0)
    if drawn.any():
        ends[:, drawn] = np.nanquantile(samples[:, drawn], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]
