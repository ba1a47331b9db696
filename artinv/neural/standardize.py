"""Statistics of the electrodes over the training frames, and standardized signals."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from artinv.runtime.errors import BadData

_TINY = 1e-6
"""Least standard deviation relative to the largest absolute value; an electrode below it is constant and becomes 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Mean and standard deviation of each electrode."""

    mean: np.ndarray  # (E,) float32
    std: np.ndarray  # (E,) float32; infinite for a constant electrode

    @classmethod
    def of(cls, signals: np.ndarray, kept: np.ndarray, raw: np.ndarray | None = None) -> Self:
        """Return the statistics of signals (T, E) over the frames `kept` (T,) bool, and of no other frame.

        `raw` are the signals with their drift: what is tiny beside them is a rounding error that the drift has left behind.
        """
        chosen = signals[kept]
        if not len(chosen):
            raise BadData("no frame is kept for the statistics of the electrodes; give the training part a trial")
        mean, std = chosen.mean(0, dtype=np.float64), chosen.std(0, dtype=np.float64)
        constant = std <= _TINY * np.abs(chosen if raw is None else raw[kept]).max(0)
        return cls(mean.astype(np.float32), np.where(constant, np.inf, std).astype(np.float32))

    def apply(self, signals: np.ndarray) -> np.ndarray:
        """Return signals (T, E) float32 with mean 0 and standard deviation 1 over the frames of the statistics."""
        return ((signals - self.mean) / self.std).astype(np.float32, copy=False)
