"""Where electrodes lie: rows and columns of a grid, for decoders that use neighbourhood."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from torch import Tensor

from artinv.runtime.errors import BadData

MOST = 64
"""Largest number of rows and of columns."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The row and the column of each electrode."""

    places: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Reject places outside a grid and places with two electrodes."""
        inside = all(0 <= place < MOST for pair in self.places for place in pair)
        if not self.places or not inside or len(set(self.places)) < len(self.places):
            raise BadData(f"electrodes: each needs a place of its own in {MOST} rows and columns; correct the places")

    @classmethod
    def of(cls, places: np.ndarray | Sequence[Sequence[int]] | None, electrodes: int) -> "Layout":
        """Return the layout of places (E, 2); None: electrodes without a grid fill a square row by row."""
        if places is None:
            side = ceil(sqrt(electrodes))
            return cls(tuple(divmod(number, side) for number in range(electrodes)))
        table = np.asarray(places, int)
        table = table - table.min(axis=0)
        return cls(tuple((int(row), int(column)) for row, column in table))

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of rows and columns."""
        rows, columns = zip(*self.places, strict=True)
        return max(rows) + 1, max(columns) + 1

    def on_grid(self, signals: Tensor) -> Tensor:
        """Return signals (B, T, E) as (B, T, rows, columns); 0 where no electrode lies."""
        rows, columns = self.shape
        grid = signals.new_zeros(*signals.shape[:2], rows * columns)
        numbers = [row * columns + column for row, column in self.places]
        grid[..., numbers] = signals
        return grid.unflatten(-1, (rows, columns))
