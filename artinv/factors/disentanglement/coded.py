"""Codes of many points with the true factors of each: the input of every metric."""

from dataclasses import dataclass

import numpy as np

from artinv.runtime.errors import BadData

STILL = 1e-9
"""A code value whose standard deviation is below this share of its largest value is constant: rounding noise."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Points with their code and factors.

    The levels of an ordered factor, such as a pitch, are numbered from low to high; the order of others, such as speakers, means
    nothing. Every factor has two or more levels among the points.
    """

    codes: np.ndarray  # (points, values) float64
    levels: np.ndarray  # (points, factors) int64, from 0
    names: tuple[str, ...]  # of the factors
    ordered: tuple[bool, ...]  # by factor

    def __post_init__(self) -> None:
        """Check shapes and values."""
        shape = len(self.codes), len(self.names)
        if self.codes.ndim != 2 or not self.codes.shape[1] or self.levels.shape != shape or len(self.ordered) != shape[1]:
            raise ValueError(f"codes {self.codes.shape}, levels {self.levels.shape}, factors {self.names}")
        if not np.isfinite(self.codes).all():
            raise BadData("a code holds values that are not finite; train the model again with a lower learning rate")
        for name, column in zip(self.names, self.levels.T, strict=True):
            if len(column) == 0 or column.min() == column.max():
                raise BadData(f"factor '{name}' has one level among {len(column)} points; add points, or leave the factor out")

    def take(self, chosen: np.ndarray) -> "Coded":
        """Return the points with these numbers."""
        return Coded(self.codes[chosen], self.levels[chosen], self.names, self.ordered)

    def draw(self, count: int, rng: np.random.Generator) -> "Coded":
        """Return at most `count` points, drawn without repetition in random order."""
        return self.take(rng.permutation(len(self.codes))[:count])

    @property
    def moving(self) -> np.ndarray:
        """Return (values,) bool, False where a value of the code is constant."""
        return self.codes.std(0) > STILL * np.abs(self.codes).max(0)


def binned(codes: np.ndarray, bins: int) -> np.ndarray:
    """Return codes (points, values) as numbers of `bins` bins of equal width, from the least to the greatest of each value.

    >>> binned(np.array([[0.0], [0.4], [0.6], [1.0]]), 2).ravel().tolist()
    [0, 0, 1, 1]
    """
    low, high = codes.min(0), codes.max(0)
    span = np.where(high > low, high - low, 1)
    return np.minimum(((codes - low) / span * bins).astype(np.int64), bins - 1)
