"""What a decoder learns to estimate: values of some parameters of speech in each frame, and in which frames they are known."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from artinv.core import store
from artinv.runtime.errors import expected_content

_LEAST = 1e-6
"""Least standard deviation of a parameter; one that hardly changes is not blown up."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Parameters of speech at 125 Hz."""

    kind: str  # a module of artinv.neural.targets
    names: tuple[str, ...]  # P
    values: np.ndarray  # (T, P) float32, in the units of the kind
    known: np.ndarray  # (T, P) bool, False where a parameter changes nothing that is heard, such as f0 without voice

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.values.shape != (len(self.values), len(self.names)) or self.known.shape != self.values.shape:
            raise ValueError(f"{len(self.names)} names, values {self.values.shape}, known {self.known.shape}")
        if not np.isfinite(self.values).all():
            raise ValueError("values are not finite")

    def save(self, path: Path) -> None:
        """Write a file whose bytes depend on the target alone."""
        store.save_arrays(path, {"kind": np.array(self.kind), "names": np.array(self.names), "values": self.values,
                                 "known": self.known})

    @classmethod
    def load(cls, path: Path, job: str) -> Self:
        """Read a file that `save` wrote."""
        arrays = store.load_arrays(path)
        with expected_content(path, job):
            return cls(str(arrays["kind"]), tuple(map(str, arrays["names"])), arrays["values"], arrays["known"])


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Mean and standard deviation of each parameter over known training frames."""

    mean: np.ndarray  # (P,) float32
    std: np.ndarray  # (P,) float32

    @classmethod
    def of(cls, target: Target, kept: np.ndarray) -> Self:
        """Return the scale of a target over the frames `kept` (T,) bool."""
        values = np.where(target.known & kept[:, None], target.values, np.nan).astype(np.float64)
        never = ~np.isfinite(values).any(axis=0)
        values[:, never] = 0.0
        return cls(np.nanmean(values, axis=0).astype(np.float32), np.maximum(np.nanstd(values, axis=0), _LEAST).astype(np.float32))

    def standardized(self, values: np.ndarray) -> np.ndarray:
        """Return values (..., P) in standard deviations from the mean."""
        return ((values - self.mean) / self.std).astype(np.float32)

    def physical(self, values: np.ndarray) -> np.ndarray:
        """Return standardized values (..., P) in the units of the target; the inverse of `standardized`."""
        return (values * self.std + self.mean).astype(np.float32)
