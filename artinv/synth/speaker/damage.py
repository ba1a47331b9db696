"""Simulated faults of real recording sessions: coil dropouts, spikes and reglued coils."""

import numpy as np
from pydantic import Field

from artinv.core import random_draws
from artinv.core.channels import COILS
from artinv.runtime.params import Params
from artinv.synth.tract.controls import FRAME_RATE

_GLUED = len(COILS) - 1
"""Number of coils that can be faulty: all but the velum coil, which few speakers have."""


class Damage(Params):
    """Probabilities of the faults of a recording."""

    dropouts: float = Field(0.01, ge=0, le=1)  # fraction of utterances in which one coil is missing for 20 to 200 ms
    spikes: float = Field(0.005, ge=0, le=1)  # fraction of utterances in which one coil jumps by 10 to 40 mm for 5 to 15 ms
    reglued: float = Field(0.0005, ge=0, le=1)  # probability, per utterance and coil, that the coil is reglued 0.5 to 2 mm away

    def afflict(self, coils: np.ndarray, session: str, order: int) -> np.ndarray:
        """Return the coils (frames, 14) in mm at FRAME_RATE of utterance `order` with their faults."""
        points = coils.reshape(len(coils), len(COILS), 2) + _regluing(session, order, self.reglued)
        rng = random_draws.rng(session, order, "damage")
        if rng.random() < self.dropouts:
            points[_interval(rng, len(points), 0.020, 0.200), rng.integers(_GLUED)] = np.nan
        if rng.random() < self.spikes:
            jump = rng.uniform(10, 40) * _direction(rng)
            points[_interval(rng, len(points), 0.005, 0.015), rng.integers(_GLUED)] += jump.astype(np.float32)
        return points.reshape(coils.shape)


def _regluing(session: str, order: int, probability: float) -> np.ndarray:
    """Return the displacement (coils, 2) in mm of each coil since the start of the session."""
    offset = np.zeros((len(COILS), 2), np.float32)
    for coil in range(_GLUED):
        times = np.flatnonzero(random_draws.rng(session, "reglued", coil).random(order) < probability)
        if len(times):
            rng = random_draws.rng(session, "reglued", coil, times[-1])
            offset[coil] = rng.uniform(0.5, 2) * _direction(rng)
    return offset


def _interval(rng: np.random.Generator, frames: int, shortest: float, longest: float) -> slice:
    length = max(1, round(rng.uniform(shortest, longest) * FRAME_RATE))
    start = int(rng.integers(max(1, frames - length)))
    return slice(start, start + length)


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])
