"""Trajectories that the model which comes with artinv infers from the sound: for laboratories without an articulograph."""

from functools import lru_cache

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.inversion import model, speaker_statistics
from artinv.inversion import recording as inversion
from artinv.inversion.phones import ALONE
from artinv.neural.records import RATE
from artinv.neural.speech import at_rate, spoken
from artinv.neural.target import Target
from artinv.neural.targets import Manner, Source


@lru_cache(maxsize=1)  # `tract` asks again for the trajectories of the same object
def infer(source: Source) -> Target:
    """Return the trajectories in mm of the average training speaker; no recognizer of phones is used."""
    recording, loaded = source.recording, model.load()
    speaker = speaker_statistics.average(loaded.predictor)
    trajectory = inversion.invert_sound(recording.sound, recording.subject, loaded, speaker, ALONE).trajectory
    values = at_rate(trajectory.motion, trajectory.rate, np.arange(recording.frames) / RATE)
    return Target("articulation", CHANNELS, values, np.ones(values.shape, bool))


def sound(values: np.ndarray, manner: Manner) -> np.ndarray:
    """Return the sound of trajectories (T, 18)."""
    return spoken(values, manner.scale, manner.voice)
