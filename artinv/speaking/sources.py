"""Pitch, voicing and loudness of a trajectory that is spoken: those of a sound, or those of a rule."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from artinv.runtime.errors import BadData
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz
from artinv.synth.fitting.breath import Breath, estimate_breath
from artinv.synth.fitting.pitch import SourceFeatures, source_features
from artinv.synth.fitting.resynthesis import at_level
from artinv.synth.speaker.gestures import Habits
from artinv.synth.tract.controls import HOP

_VOICED, _OPEN, _AT_REST = 0.05, 0.20, 0.30  # cm2, glottal area
_SHORTEST = 10 * HOP  # samples


class Prosody(NamedTuple):
    """What drives the tract, at 200 Hz, and the level that the sound should have."""

    breath: Breath
    level: np.ndarray | None  # (frames,) dB; None: as it comes
    features: SourceFeatures | None  # of the sound that it comes from


def prepare(sound: np.ndarray, rate: float, name: str) -> np.ndarray:
    """Return a sound (samples,) at 16 kHz and the usual level; reject one that cannot be used."""
    if sound.ndim != 1 or not np.isfinite(sound).all() or not rate > 0:
        raise BadData(f"{name}: is no sound (samples,) of finite numbers with a rate above 0 Hz; give a recording of speech")
    prepared = at_16_khz(sound.astype(np.float32), rate)
    if len(prepared) < _SHORTEST or not np.any(prepared):
        raise BadData(f"{name}: is silent or shorter than {_SHORTEST / SOUND_RATE * 1000:.0f} ms; give a recording of speech")
    return at_level(prepared)


def of_sound(sound: np.ndarray, frames: int) -> Prosody:
    """Return the prosody of a sound at 16 kHz for `frames` frames; a sound of another length is stretched linearly."""
    features = source_features(sound)
    if not (features.voiced.any() or np.ptp(features.level) > 0):
        raise BadData("the sound has no speech; give a recording of speech")
    if len(features.level) != frames:
        nearest = np.rint(np.linspace(0, len(features.level) - 1, frames)).astype(int)
        features = SourceFeatures(*(values[nearest] for values in features))
    return Prosody(estimate_breath(features), features.level, features)


def by_rule(voiced: np.ndarray, spoken: np.ndarray, habits: Habits) -> Prosody:
    """Return a prosody for a motion without sound: `voiced` and `spoken` (frames,) say where there is voice, and any sound.

    The pitch of the voice falls over the utterance, and the lungs press while something is spoken.
    """
    glottis = np.where(spoken, np.where(voiced, _VOICED, _OPEN), _AT_REST)
    pressure = np.where(spoken, habits.pressure, 0.0)
    place = np.flatnonzero(spoken)
    share = np.clip((np.arange(len(spoken)) - place[0]) / max(len(place) - 1, 1), 0, 1)
    pitch = habits.pitch * np.exp(habits.pitch_range * (0.45 - 0.9 * share))
    area, lungs = (
        torch.from_numpy(gaussian_filter1d(values, width).astype(np.float32)) for values, width in ((glottis, 2.0), (pressure, 4.0))
    )
    return Prosody(Breath(area, lungs, pitch), None, None)
