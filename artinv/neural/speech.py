"""Trajectories of the mouth and features of the source at the rate of the signals, and the sound of trajectories."""

import numpy as np

from artinv.core.trajectory import Trajectory
from artinv.neural.records import RATE, SAMPLES
from artinv.neural.target import Scale
from artinv.speaking.placing import Statistics
from artinv.speaking.speaking import Material, speak
from artinv.synth.fitting.pitch import SourceFeatures, source_features, threshold
from artinv.synth.tract.controls import FRAME_RATE

SHORTEST = 10
"""Frames; a shorter piece is not spoken."""


def at_rate(values: np.ndarray, rate: float, times: np.ndarray) -> np.ndarray:
    """Return values (K, C) at `rate` Hz at other times (T,) in s, (T, C) float32, interpolated linearly; ends are held."""
    known = np.arange(len(values)) / rate
    return np.stack([np.interp(times, known, column) for column in values.T.astype(np.float64)], 1).astype(np.float32)


def spoken(values: np.ndarray, scale: Scale, voice: str) -> np.ndarray:
    """Return the sound (128 T,) of trajectories (T, 18) in mm; pitch, voicing and loudness follow the rule of `artinv speak`."""
    samples = len(values) * SAMPLES
    if len(values) < SHORTEST:
        return np.zeros(samples, np.float32)
    statistics = Statistics(scale.mean.astype(np.float64), scale.std.astype(np.float64), "training frames")
    made = speak(Material(Trajectory(name="decoded", rate=RATE, motion=values), statistics=statistics), voice).sound
    return fitted(made, samples)


def fitted(sound: np.ndarray, samples: int) -> np.ndarray:
    """Return a sound with this number of samples: cut, or followed by silence."""
    return np.pad(sound[:samples], (0, max(0, samples - len(sound)))).astype(np.float32)


def source_at_rate(sound: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pitch in Hz, voiced and spoken (frames,) of a sound at 16 kHz, at the rate of the signals."""
    features: SourceFeatures = source_features(sound.astype(np.float64))
    times = np.arange(frames) / RATE
    nearest = np.minimum(np.rint(times * FRAME_RATE).astype(int), len(features.level) - 1)
    pitch = np.interp(times, np.arange(len(features.pitch)) / FRAME_RATE, features.pitch)
    return pitch, features.voiced[nearest], features.level[nearest] > threshold(features.level)
