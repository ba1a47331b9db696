"""Sound of anybody, at any rate -> where tongue, lips, jaw and velum were.

Nothing need be known of the speaker: the acoustics are freed of the mean and spread that this one utterance has while speech is
heard, and positions are given in millimetres of an average speaker.
"""

from pathlib import Path

import numpy as np

from artinv import endpoints
from artinv.acoustics import FeatureParams, acoustics
from artinv.endpoints import BANDS, WINDOW
from artinv.errors import BadData
from artinv.formats import sound as sounds
from artinv.mfcc import DELTA_WIDTH, SOUND_RATE, log_mel
from artinv.predict import Inverter
from artinv.resample import at_16_khz

TINY = 1e-3
"""Least spread of an acoustic value."""


def listen(sound: np.ndarray, rate: float, features: FeatureParams) -> np.ndarray:
    """Sound at 16 kHz -> (K, values) float32 acoustics at `rate` Hz, of mean 0 and spread 1 while speech is heard."""
    values = acoustics(sound, SOUND_RATE, rate, features)
    heard = values[spoken(sound, rate)]
    return ((values - heard.mean(axis=0)) / np.maximum(heard.std(axis=0), TINY)).astype(np.float32)


def spoken(sound: np.ndarray, rate: float) -> slice:
    """The frames between the first and the last audible speech; all of them where too few stand out."""
    hop = round(SOUND_RATE / rate)
    ends = endpoints.from_sound(log_mel(sound, SOUND_RATE, hop, WINDOW, BANDS), rate)
    if ends is None or (ends[1] - ends[0]) * rate < DELTA_WIDTH:
        return slice(None)
    return slice(int(ends[0] * rate), int(ends[1] * rate) + 1)


def invert_sound(inverter: Inverter, sound: np.ndarray, sound_rate: float) -> np.ndarray:
    """(samples,) at any rate in Hz -> (K, 18) float32 in mm of an average speaker; frame k is the time k / inverter.rate."""
    z = standardized(inverter, sound, sound_rate)
    return z * inverter.statistics["std"] + inverter.statistics["mean"]


def invert_file(inverter: Inverter, path: Path | str) -> np.ndarray:
    """The same for a sound file of one channel."""
    sound, rate = sounds.read(Path(path))
    try:
        return invert_sound(inverter, sound, rate)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def standardized(inverter: Inverter, sound: np.ndarray, sound_rate: float) -> np.ndarray:
    """(samples,) at any rate in Hz -> (K, 18) float32 in standard deviations from the speaker's mean."""
    sound = np.asarray(sound, np.float32)
    if sound.ndim != 1 or not np.isfinite(sound).all():
        raise BadData("the sound is not one channel of numbers; mend it or convert it to one channel")
    heard = listen(at_16_khz(sound, sound_rate), inverter.rate, FeatureParams.of(inverter.features, "the model's metadata"))
    return inverter.predict(heard)
