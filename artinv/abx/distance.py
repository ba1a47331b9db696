"""How far two sequences of frames lie apart: angles between frames, summed along the best path, divided by the path's length.

Many pairs go side by side: the table of dynamic time warping is walked once for a whole tile of pairs, a numpy operation at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_TILE = 64
"""Tokens a side of the pairs that go side by side; their tables stay in the processor's cache."""
_LONGEST = 2_000_000
"""Frame pairs of a tile; tiles of long tokens are narrower, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Bag:
    """Tokens as frames of length 1, end to end."""

    units: np.ndarray  # (frames, values) float64, each row of length 1; all 0 where the frame was
    first: np.ndarray  # (tokens,) int64, row of each token's first frame
    count: np.ndarray  # (tokens,) int64, at least 1

    @classmethod
    def of(cls, tokens: Sequence[np.ndarray]) -> "Bag":
        """From (frames, values) each."""
        frames = np.concatenate(tokens).astype(np.float64)
        length = np.sqrt(np.square(frames).sum(axis=1, keepdims=True))
        count = np.array([len(token) for token in tokens], np.int64)
        return cls(frames / np.where(length > 0, length, 1.0), np.cumsum(count) - count, count)

    def of_columns(self, columns: np.ndarray) -> "Bag":
        """The same of some values alone."""
        return Bag.of(np.split(self.units[:, columns], self.first[1:]))

    def rows(self, tokens: np.ndarray) -> np.ndarray:
        """(longest, tokens) rows of their frames; a short token repeats its last one."""
        steps = np.arange(self.count[tokens].max())[:, None]
        return self.first[tokens] + np.minimum(steps, self.count[tokens] - 1)


def angles(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Rows of length 1 -> (rows, rows) float32 in [0, 1]: 0 the same direction, 1 the opposite one.

    The product is taken in double and rounded once, so that equal frames are at 0 and equal pairs tie.
    """
    return np.arccos(np.clip(left @ right.T, -1.0, 1.0).astype(np.float32)) / np.float32(np.pi)


def between(left: Bag, right: Bag, left_tokens: np.ndarray, right_tokens: np.ndarray) -> np.ndarray:
    """(tokens, tokens) float32 distances of every chosen token on the left to every one on the right."""
    out = np.empty((len(left_tokens), len(right_tokens)), np.float32)
    down, across = np.argsort(left.count[left_tokens], kind="stable"), np.argsort(right.count[right_tokens], kind="stable")
    for rows in _tiles(down, left.count[left_tokens]):
        there = left.rows(left_tokens[rows])
        for columns in _tiles(across, right.count[right_tokens]):
            here = right.rows(right_tokens[columns])
            near = angles(left.units[there.ravel()], right.units[here.ravel()])
            near = near.reshape(*there.shape, *here.shape).transpose(0, 2, 1, 3)
            near = np.ascontiguousarray(near).reshape(len(there), len(here), -1)
            counts = np.repeat(left.count[left_tokens[rows]], len(columns)), np.tile(right.count[right_tokens[columns]], len(rows))
            out[np.ix_(rows, columns)] = warp(near, *counts).reshape(len(rows), len(columns))
    return out


def warp(near: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Dynamic time warping of many pairs: (n, m, pairs) distances of frames -> (pairs,) mean along the best path.

    `rows` and `columns` are the pairs' own numbers of frames; what lies beyond them is not looked at. Steps go one frame on in the
    left, the right or both; among equal ones both is taken first, then the right.
    """
    out = np.empty(near.shape[2], np.float32)
    cost = np.cumsum(near[0], axis=0, dtype=np.float32)
    steps = np.broadcast_to(np.arange(1, len(cost) + 1, dtype=np.float32)[:, None], cost.shape).copy()
    for row, here in enumerate(near):
        if row:
            cost, steps = _next_row(here, cost, steps)
        ending = np.flatnonzero(rows == row + 1)
        out[ending] = cost[columns[ending] - 1, ending] / steps[columns[ending] - 1, ending]
    return out


def _next_row(near: np.ndarray, cost: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Costs and lengths of the best paths that end in each column of the next row."""
    new, length = np.empty_like(cost), np.empty_like(steps)
    new[0], length[0] = cost[0] + near[0], steps[0] + 1
    # of the two steps that come from the row above, the better one does not wait for the columns before it
    both = cost[:-1] <= cost[1:]
    for column in range(1, len(cost)):
        aside, above, slanted = new[column - 1], cost[column], cost[column - 1]
        straight = np.minimum(aside, above)
        turn = np.where(aside <= above, length[column - 1], steps[column])
        slant = both[column - 1] & (slanted <= aside)
        np.add(np.minimum(straight, slanted), near[column], out=new[column])
        np.add(np.where(slant, steps[column - 1], turn), 1, out=length[column])
    return new, length


def _tiles(order: np.ndarray, count: np.ndarray) -> list[np.ndarray]:
    """Tokens from short to long, cut into tiles whose square stays small."""
    tiles, start = [], 0
    while start < len(order):
        size = _TILE
        while size > 1 and (size * count[order[start : start + size]].max()) ** 2 > _LONGEST:
            size //= 2
        tiles.append(order[start : start + size])
        start += size
    return tiles
