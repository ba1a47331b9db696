"""What rooms, microphones and lines do to speech: each synthetic utterance is heard under other conditions.

Conditions are drawn anew for every utterance, so that a model cannot lean on any of them.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field, model_validator
from scipy import fft

from artinv.core.records import Label, Utterance
from artinv.runtime.params import Params

_LEVEL = 0.08  # root mean square of what comes out at a gain of 0 dB
_BANDS = 9  # points of the equalizer, half an octave to an octave apart
_LINE_HZ = (3400.0, 7500.0)
_BREATH_HZ = (400.0, 4000.0)


class Augmentation(Params):
    """How far conditions vary; pairs are from-to, 0 takes a disturbance away."""

    snr: tuple[float, float]  # dB, of steady noise of any colour
    reverberant: float = Field(ge=0, le=1)  # share of utterances that are recorded in a room that is heard
    decay: tuple[float, float]  # s, until a room's sound has fallen by 60 dB
    direct: tuple[float, float]  # dB, of the voice above the room's sound
    colour: float = Field(ge=0)  # dB, standard deviation of the equalizer
    line: float = Field(ge=0, le=1)  # share of utterances that come over a line that ends between 3.4 and 7.5 kHz
    breath: float = Field(ge=0, le=1)  # share of utterances with audible breath before and after
    gain: float = Field(ge=0)  # dB, standard deviation of the level
    speed: float = Field(ge=0)  # standard deviation of the logarithm of the speed at which a recording is played

    @model_validator(mode="after")
    def _rising(self) -> "Augmentation":
        for name in ("snr", "decay", "direct"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} must run from the smaller to the larger value")
        return self


def disturb(utterance: Utterance, params: Augmentation, rng: np.random.Generator) -> Utterance:
    """The same speech under conditions of its own; motion and labels stay in step with the sound."""
    rate, sound = utterance.sound_rate, utterance.sound.astype(np.float64)
    pace = float(np.exp(params.speed * np.clip(rng.standard_normal(), -2, 2)))
    if rng.random() < params.breath:
        sound = sound + _breath(utterance, rng)
    size = fft.next_fast_len(len(sound) + int(rate * params.decay[1]), real=True)
    hertz = fft.rfftfreq(size, 1 / rate)
    response = _equalizer(hertz, params.colour, rng) * _ends(hertz, params.line, rng)
    if rng.random() < params.reverberant:
        response = response * fft.rfft(_room(rate, rng.uniform(*params.decay), rng.uniform(*params.direct), rng), size)
    heard = fft.irfft(fft.rfft(sound, size) * response, size)[: len(sound)]
    heard /= max(_rms(heard), 1e-9)
    heard += 10 ** (-rng.uniform(*params.snr) / 20) * _noise(hertz, size, rng)[: len(sound)]
    heard *= _LEVEL * 10 ** (params.gain * rng.standard_normal() / 20)
    moved = {key: tuple(Label(label.text, label.start / pace, label.end / pace) for label in getattr(utterance, key))
             for key in ("phones", "words")}
    return replace(
        utterance, sound=np.clip(heard, -1, 1).astype(np.float32), sound_rate=rate * pace, coil_rate=utterance.coil_rate * pace,
        coil_start=utterance.coil_start / pace, **moved,
    )


def _equalizer(hertz: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth random response, drawn at points that lie evenly on the ear's scale."""
    place = np.log1p(hertz / 700)
    points = np.linspace(0, place[-1], _BANDS)
    return 10 ** (np.interp(place, points, spread * rng.standard_normal(_BANDS)) / 20)


def _ends(hertz: np.ndarray, line: float, rng: np.random.Generator) -> np.ndarray:
    """What a microphone loses at the bottom and a line at the top."""
    bottom = hertz / np.hypot(hertz, rng.uniform(20, 150))
    top = rng.uniform(*_LINE_HZ)
    return bottom / np.sqrt(1 + (hertz / top) ** 24) if rng.random() < line else bottom


def _room(rate: float, decay: float, direct: float, rng: np.random.Generator) -> np.ndarray:
    """An impulse response: the voice, then noise that dies away."""
    tail = rng.standard_normal(max(2, int(rate * decay)))
    tail *= 10 ** (-3 * np.arange(len(tail)) / len(tail))
    tail[: int(rate * rng.uniform(0.001, 0.010))] = 0
    tail *= 10 ** (-direct / 20) / max(np.sqrt(np.sum(tail**2)), 1e-9)
    tail[0] += 1
    return tail


def _noise(hertz: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Steady noise that falls by 0 to 9 dB per octave."""
    slope = rng.uniform(0, 1.5)
    shaped = fft.irfft(fft.rfft(rng.standard_normal(size)) * np.maximum(hertz, 60.0) ** -slope, size)
    return shaped / _rms(shaped)


def _breath(utterance: Utterance, rng: np.random.Generator) -> np.ndarray:
    """Noise of flowing air in the silence before and after speech."""
    rate, samples = utterance.sound_rate, len(utterance.sound)
    time = np.arange(samples) / rate
    spoken = [label for label in utterance.phones if label.text != "sil"]
    begin, end = (spoken[0].start, spoken[-1].end) if spoken else (0.0, time[-1])
    size = fft.next_fast_len(samples, real=True)
    hertz = fft.rfftfreq(size, 1 / rate)
    low, high = _BREATH_HZ
    air = fft.irfft(fft.rfft(rng.standard_normal(size)) / (1 + (low / np.maximum(hertz, 1)) ** 2) / (1 + (hertz / high) ** 2), size)
    flow = np.zeros(samples)
    for middle in (begin - rng.uniform(0.05, 0.4), end + rng.uniform(0.05, 0.4)):
        flow += np.exp(-0.5 * ((time - middle) / rng.uniform(0.03, 0.12)) ** 2)
    outside = np.clip(np.maximum(begin - time, time - end) / 0.02, 0, 1)
    return 10 ** (rng.uniform(-35, -15) / 20) * _rms(utterance.sound) * flow * outside * air[:samples] / _rms(air)


def _rms(signal: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(signal))))
