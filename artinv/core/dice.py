"""Random draws that belong to a name: the same for the same name, on any machine, in any order of asking."""

import zlib

import numpy as np


def rng(*names: object) -> np.random.Generator:
    """A generator that belongs to these names.

    >>> int(rng("F01", 3).integers(1000)) == int(rng("F01", 3).integers(1000)) != int(rng("F01", 4).integers(1000))
    True
    """
    return np.random.default_rng(zlib.crc32("/".join(map(str, names)).encode()))


class Dice:
    """Draws of one trait; nobody is further than two standard deviations from the average."""

    def __init__(self, *names: object) -> None:
        self._rng = rng(*names)

    def normal(self, size: int | tuple[int, ...] | None = None) -> float | np.ndarray:
        """Standard normal, cut at +-2."""
        values = np.clip(self._rng.standard_normal(size), -2, 2)
        return float(values) if size is None else values

    def factor(self, spread: float) -> float:
        """Around 1, with `spread` as standard deviation of the logarithm."""
        return float(np.exp(spread * self.normal()))

    def chance(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return bool(self._rng.random() < probability)
