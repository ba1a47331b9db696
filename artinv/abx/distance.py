"""Distance between two sequences of frames: mean angle between frames along the best path of dynamic time warping.

Many pairs are computed at once: each numpy operation fills one cell of the warping tables of a whole tile of pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_TILE = 64
"""Maximum number of tokens per side of a tile; its tables fit in the processor's cache."""
_LONGEST = 2_000_000
"""Maximum number of frame pairs in a tile, to bound memory; tiles of long tokens hold fewer tokens."""


@dataclass(frozen=True, slots=True)
class Bag:
    """Tokens as concatenated frames, each normalized to length 1."""

    units: np.ndarray  # (frames, values) float64, each row of length 1, or 0 if the frame was 0
    first: np.ndarray  # (tokens,) int64, row of the first frame of each token
    count: np.ndarray  # (tokens,) int64, number of frames, at least 1

    @classmethod
    def of(cls, tokens: Sequence[np.ndarray]) -> "Bag":
        """Build from one (frames, values) array per token."""
        frames = np.concatenate(tokens).astype(np.float64)
        length = np.sqrt(np.square(frames).sum(axis=1, keepdims=True))
        count = np.array([len(token) for token in tokens], np.int64)
        return cls(frames / np.where(length > 0, length, 1.0), np.cumsum(count) - count, count)

    def of_columns(self, columns: np.ndarray) -> "Bag":
        """Return the tokens with the selected values only, normalized again."""
        return Bag.of(np.split(self.units[:, columns], self.first[1:]))

    def rows(self, tokens: np.ndarray) -> np.ndarray:
        """Return the rows of the tokens' frames, (longest, tokens); short tokens repeat their last frame."""
        steps = np.arange(self.count[tokens].max())[:, None]
        return self.first[tokens] + np.minimum(steps, self.count[tokens] - 1)


def angles(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the angles between rows of length 1 as (rows, rows) float32 in [0, 1]: 0 for the same direction, 1 for the opposite.

    The product is computed in float64 and rounded once, so that equal frames have angle 0 and equal pairs have equal angles.
    """
    return np.arccos(np.clip(left @ right.T, -1.0, 1.0).astype(np.float32)) / np.float32(np.pi)


def between(left: Bag, right: Bag, left_tokens: np.ndarray, right_tokens: np.ndarray) -> np.ndarray:
    """Return the distances between the chosen tokens of `left` and of `right`, (tokens, tokens) float32."""
    out = np.empty((len(left_tokens), len(right_tokens)), np.float32)
    down, across = np.argsort(left.count[left_tokens], kind="stable"), np.argsort(right.count[right_tokens], kind="stable")
    for rows in _tiles(down, left.count[left_tokens]):
        left_frames = left.rows(left_tokens[rows])
        for columns in _tiles(across, right.count[right_tokens]):
            right_frames = right.rows(right_tokens[columns])
            near = angles(left.units[left_frames.ravel()], right.units[right_frames.ravel()])
            near = near.reshape(*left_frames.shape, *right_frames.shape).transpose(0, 2, 1, 3)
            near = np.ascontiguousarray(near).reshape(len(left_frames), len(right_frames), -1)
            counts = np.repeat(left.count[left_tokens[rows]], len(columns)), np.tile(right.count[right_tokens[columns]], len(rows))
            out[np.ix_(rows, columns)] = warp(near, *counts).reshape(len(rows), len(columns))
    return out


def warp(near: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Warp many pairs dynamically: (n, m, pairs) distances between frames -> (pairs,) mean distance along the best path.

    `rows` and `columns` are the numbers of frames of each pair; cells beyond them are ignored. A step advances by one frame on the
    left, on the right or on both. Among steps of equal cost the order is: both, right, left.
    """
    out = np.empty(near.shape[2], np.float32)
    cost = np.cumsum(near[0], axis=0, dtype=np.float32)
    steps = np.broadcast_to(np.arange(1, len(cost) + 1, dtype=np.float32)[:, None], cost.shape).copy()
    for row, values in enumerate(near):
        if row:
            cost, steps = _next_row(values, cost, steps)
        ending = np.flatnonzero(rows == row + 1)
        out[ending] = cost[columns[ending] - 1, ending] / steps[columns[ending] - 1, ending]
    return out


def _next_row(near: np.ndarray, cost: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the costs and lengths of the best paths to each column of the next row."""
    new, length = np.empty_like(cost), np.empty_like(steps)
    new[0], length[0] = cost[0] + near[0], steps[0] + 1
    # the choice between the two steps from the row above does not depend on earlier columns of this row
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
    """Divide tokens, ordered from short to long, into tiles with at most _LONGEST frame pairs."""
    tiles, start = [], 0
    while start < len(order):
        size = _TILE
        while size > 1 and (size * count[order[start : start + size]].max()) ** 2 > _LONGEST:
            size //= 2
        tiles.append(order[start : start + size])
        start += size
    return tiles
