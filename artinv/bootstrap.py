"""How sure a mean is: percentile bootstrap over utterances (one fold) or over speakers (leave one speaker out)."""

import numpy as np

_BLOCK = 2**22  # numbers of one block of resampled counts, 32 MB


def resample(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """(draws, channels) means over the rows of (rows, channels) `values`, each draw taking rows with replacement.

    All channels share the rows of a draw, so that a mean over channels of the result is a draw of that mean. NaN is left out
    of the mean, as it is in the value itself. The draws depend on the seed and the number of rows alone.
    """
    values = np.asarray(values, np.float64)
    rows = len(values)
    if not rows:
        return np.full((draws, values.shape[1]), np.nan)
    there = np.isfinite(values)
    known, present = np.where(there, values, 0), there.astype(np.float64)
    generator = np.random.default_rng(seed)
    chosen = np.full(rows, 1 / rows)
    means = []
    block = max(1, _BLOCK // rows)
    for first in range(0, draws, block):
        times = generator.multinomial(rows, chosen, size=min(block, draws - first)).astype(np.float64)
        total, count = times @ known, times @ present
        means.append(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
    return np.concatenate(means)


def interval(samples: np.ndarray, rows: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the middle `level` of the draws (first axis); NaN for fewer than two rows, which show no spread."""
    tail = (1 - level) / 2
    if rows < 2:
        return np.full(samples.shape[1:], np.nan), np.full(samples.shape[1:], np.nan)
    ends = np.full((2, *samples.shape[1:]), np.nan)
    drawn = np.isfinite(samples).any(axis=0)
    if drawn.any():
        ends[:, drawn] = np.nanquantile(samples[:, drawn], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]
