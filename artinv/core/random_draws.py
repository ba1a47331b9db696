"""Random generators that are seeded by names: the same names give the same draws, on any machine and in any order of calls."""

import zlib
from typing import overload

import numpy as np


def rng(*names: object) -> np.random.Generator:
    """Return a generator that is seeded by these names.

    >>> int(rng("F01", 3).integers(1000)) == int(rng("F01", 3).integers(1000)) != int(rng("F01", 4).integers(1000))
    True
    """
    return np.random.default_rng(zlib.crc32("/".join(map(str, names)).encode()))


class Dice:
    """Random draws for one trait of a speaker, at most two standard deviations from the mean."""

    def __init__(self, *names: object) -> None:
        self._rng = rng(*names)

    @overload
    def normal(self, size: None = None) -> float: ...

    @overload
    def normal(self, size: int | tuple[int, ...]) -> np.ndarray: ...

    def normal(self, size: int | tuple[int, ...] | None = None) -> float | np.ndarray:
        """Return standard normal values, clipped to [-2, 2]."""
        values = np.clip(self._rng.standard_normal(size), -2, 2)
        return float(values) if size is None else values

    def factor(self, spread: float) -> float:
        """Return a log-normal factor with median 1; `spread` is the standard deviation of its logarithm."""
        return float(np.exp(spread * self.normal()))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return bool(self._rng.random() < probability)
