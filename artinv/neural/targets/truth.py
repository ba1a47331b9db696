"""The trajectories that a simulated recording was made of; for recordings of people there are none."""

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.neural.speech import spoken
from artinv.neural.target import Target
from artinv.neural.targets import Manner, Source
from artinv.runtime.errors import BadParams


def infer(source: Source) -> Target:
    """Return the planted trajectories in mm."""
    if source.truth is None:
        raise BadParams(f"targets.kinds: '{source.recording.subject}' is not simulated and has no 'truth'; use 'articulation'")
    values = source.truth.trajectories[: source.recording.frames]
    return Target("truth", CHANNELS, values, np.ones(values.shape, bool))


def sound(values: np.ndarray, manner: Manner) -> np.ndarray:
    """Return the sound of trajectories (T, 18)."""
    return spoken(values, manner.scale, manner.voice)
