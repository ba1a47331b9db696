"""FactorVAE score: whether the code value that stays most constant while one factor is fixed reveals which factor that is."""

import numpy as np

from artinv.factors.disentanglement.coded import Coded

_CHUNK = 2_000_000  # numbers that are gathered at once


def factor_vae_score(coded: Coded, votes: int, batch: int, prune: float, rng: np.random.Generator) -> float:
    """Return the accuracy of a majority vote, 0 to 1: `votes` votes to learn it, and as many to test it; 0 for a constant code.

    A vote fixes one factor at the level of a random point and draws `batch` points of that level. It elects the code value with the
    least variance among them, relative to its variance over all points. Values whose standard deviation is below `prune` times the
    largest one take no part.
    """
    spread = coded.codes.std(0)
    used = np.flatnonzero(coded.moving & (spread >= prune * spread.max()))
    if not len(used):
        return 0.0
    scaled = coded.codes[:, used] / spread[used]
    groups = [_by_level(column) for column in coded.levels.T]
    counts = [_count(scaled, coded.levels, groups, votes=votes, batch=batch, rng=rng) for _ in range(2)]
    winner = counts[0].argmax(1)
    return float(counts[1][np.arange(len(used)), winner].sum() / votes)


def _count(
    scaled: np.ndarray, levels: np.ndarray, groups: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    *, votes: int, batch: int, rng: np.random.Generator,
) -> np.ndarray:
    """Return how often each code value was elected while each factor was fixed (values, factors)."""
    factors, points = rng.integers(len(groups), size=votes), rng.integers(len(scaled), size=votes)
    counts = np.zeros((scaled.shape[1], len(groups)), np.int64)
    together = max(1, _CHUNK // (batch * scaled.shape[1]))
    for start in range(0, votes, together):
        chosen = slice(start, start + together)
        rows = np.stack([
            _members(groups[factor], levels[point, factor], batch, rng)
            for factor, point in zip(factors[chosen], points[chosen], strict=True)
        ])
        elected = scaled[rows].var(1).argmin(1)
        np.add.at(counts, (elected, factors[chosen]), 1)
    return counts


def _by_level(column: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the numbers of all points by level, and where each level starts and ends among them."""
    order, bounds = np.argsort(column, kind="stable"), np.arange(column.max() + 1)
    ordered = column[order]
    return order, np.searchsorted(ordered, bounds), np.searchsorted(ordered, bounds, "right")


def _members(group: tuple[np.ndarray, np.ndarray, np.ndarray], level: int, batch: int, rng: np.random.Generator) -> np.ndarray:
    """Return the numbers of points of a level, drawn with repetition."""
    order, starts, ends = group
    return order[rng.integers(starts[level], ends[level], size=batch)]
