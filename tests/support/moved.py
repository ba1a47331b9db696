"""Trajectories of a synthetic voice, for tests of what speaks them."""

import numpy as np

from artinv.core.channels import COIL_COLUMNS, derive
from artinv.core.trajectory import Trajectory

PLACES = (-17.3, -8.4, -47.4, -3.7, -31.0, -2.5, -2.6, -20.1, 10.2, 5.2, 9.9, -23.2, -56.7, 0.8)
"""Usual places of the coils in mm."""


def moved(frames: int = 60, rate: float = 100.0, seed: int = 0, mm: float = 3.0) -> Trajectory:
    """Return trajectories whose coils move by some mm around their usual places, at 2 to 4 Hz."""
    draws = np.random.default_rng(seed)
    hertz, phase = draws.uniform(2, 4, len(COIL_COLUMNS)), draws.uniform(0, 6, len(COIL_COLUMNS))
    times = np.arange(frames)[:, None] / rate
    coils = np.array(PLACES) + mm * np.sin(2 * np.pi * hertz * times + phase)
    return Trajectory(name="moved", rate=rate, motion=derive(coils).astype(np.float32))
