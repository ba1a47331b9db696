"""Confidence intervals of means: percentile bootstrap over sentences (one fold) or over speakers (leave one speaker out)."""

from collections.abc import Hashable, Sequence

import numpy as np

_BLOCK = 2**22  # numbers in one block of resampled counts, 32 MB


def resample(values: np.ndarray, draws: int, seed: int, groups: Sequence[Hashable] | None = None) -> np.ndarray:
    """Return bootstrap means (draws, channels) of `values` (rows, channels); each draw samples rows with replacement.

    `groups` names the group of each row, such as its sentence. Rows of a group are drawn together, because repetitions of a
    sentence are not independent. All channels share the rows of a draw, so that the mean over the channels of a draw is a draw of
    that mean. Means ignore NaN. The draws depend on the seed and the number of groups only.
    """
    values = np.asarray(values, np.float64)
    if not len(values):
        return np.full((draws, values.shape[1]), np.nan)
    finite = np.isfinite(values)
    sums, counts = np.where(finite, values, 0), finite.astype(np.float64)
    if groups is not None:
        sums, counts = (_sums(part, groups) for part in (sums, counts))
    rows = len(sums)
    generator = np.random.default_rng(seed)
    probabilities = np.full(rows, 1 / rows)
    means = []
    block = max(1, _BLOCK // rows)
    for first in range(0, draws, block):
        times = generator.multinomial(rows, probabilities, size=min(block, draws - first)).astype(np.float64)
        total, count = times @ sums, times @ counts
        means.append(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
    return np.concatenate(means)


def _sums(values: np.ndarray, groups: Sequence[Hashable]) -> np.ndarray:
    """Return sums (groups, channels) over the rows of each group; groups in order of first appearance."""
    number = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    total = np.zeros((len(number), values.shape[1]))
    np.add.at(total, [number[group] for group in groups], values)
    return total


def interval(samples: np.ndarray, rows: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper limit of the central `level` of the draws (first axis); NaN for fewer than two rows.

    `rows`: number of rows, or of groups of rows, in the sample.
    """
    tail = (1 - level) / 2
    if rows < 2:
        return np.full(samples.shape[1:], np.nan), np.full(samples.shape[1:], np.nan)
    ends = np.full((2, *samples.shape[1:]), np.nan)
    drawn = np.isfinite(samples).any(axis=0)
    if drawn.any():
        ends[:, drawn] = np.nanquantile(samples[:, drawn], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]
