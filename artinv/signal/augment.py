"""Data augmentation for synthetic speech: noise, reverberation, equalization, band limit, breath, level and speed.

The conditions are drawn at random for every utterance, so that a model does not depend on any of them.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field, model_validator
from scipy import fft

from artinv.core.records import Label, Utterance
from artinv.runtime.params import Params

_LEVEL = 0.08  # root mean square of the output at a gain of 0 dB
_BANDS = 9  # points of the equalizer, half an octave to an octave apart
_LINE_HZ = (3400.0, 7500.0)
_BREATH_HZ = (400.0, 4000.0)


class Augmentation(Params):
    """Ranges of the conditions: a pair is (minimum, maximum); a proportion or standard deviation of 0 switches an effect off."""

    snr: tuple[float, float]  # dB, signal-to-noise ratio of stationary noise
    reverberant: float = Field(ge=0, le=1)  # proportion of utterances with reverberation
    decay: tuple[float, float]  # s, reverberation time (decay by 60 dB)
    direct: tuple[float, float]  # dB, level of the direct sound above the reverberation
    colour: float = Field(ge=0)  # dB, standard deviation of the equalizer
    line: float = Field(ge=0, le=1)  # proportion of utterances over a telephone line with a band limit between 3.4 and 7.5 kHz
    breath: float = Field(ge=0, le=1)  # proportion of utterances with audible breath before and after speech
    gain: float = Field(ge=0)  # dB, standard deviation of the level
    speed: float = Field(ge=0)  # standard deviation of the logarithm of the playback speed

    @model_validator(mode="after")
    def _rising(self) -> "Augmentation":
        for name in ("snr", "decay", "direct"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} must give the smaller value first")
        return self


def disturbed(utterance: Utterance, params: Augmentation, rng: np.random.Generator) -> Utterance:
    """Return the utterance under randomly drawn conditions; motion and labels stay synchronous with the sound."""
    rate, sound = utterance.sound_rate, utterance.sound.astype(np.float64)
    pace = float(np.exp(params.speed * np.clip(rng.standard_normal(), -2, 2)))
    if rng.random() < params.breath:
        sound = sound + _breath(utterance, rng)
    size = fft.next_fast_len(len(sound) + int(rate * params.decay[1]), real=True)
    hertz = fft.rfftfreq(size, 1 / rate)
    response = _equalizer(hertz, params.colour, rng) * _band_limits(hertz, params.line, rng)
    if rng.random() < params.reverberant:
        response = response * fft.rfft(_room(rate, rng.uniform(*params.decay), rng.uniform(*params.direct), rng), size)
    output = fft.irfft(fft.rfft(sound, size) * response, size)[: len(sound)]
    output /= max(_rms(output), 1e-9)
    output += 10 ** (-rng.uniform(*params.snr) / 20) * _noise(hertz, size, rng)[: len(sound)]
    output *= _LEVEL * 10 ** (params.gain * rng.standard_normal() / 20)
    return replace(
        utterance, sound=np.clip(output, -1, 1).astype(np.float32), sound_rate=rate * pace, coil_rate=utterance.coil_rate * pace,
        coil_start=utterance.coil_start / pace, phones=_paced(utterance.phones, pace), words=_paced(utterance.words, pace),
    )


def _paced(labels: tuple[Label, ...], pace: float) -> tuple[Label, ...]:
    return tuple(Label(label.text, label.start / pace, label.end / pace) for label in labels)


def _equalizer(hertz: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Return a smooth random frequency response, drawn at points that are equidistant on the mel scale."""
    mels = np.log1p(hertz / 700)
    points = np.linspace(0, mels[-1], _BANDS)
    return 10 ** (np.interp(mels, points, spread * rng.standard_normal(_BANDS)) / 20)


def _band_limits(hertz: np.ndarray, telephone: float, rng: np.random.Generator) -> np.ndarray:
    """Return the high-pass response of a microphone and, for some utterances, the low-pass response of a telephone line."""
    bottom = hertz / np.hypot(hertz, rng.uniform(20, 150))
    top = rng.uniform(*_LINE_HZ)
    return bottom / np.sqrt(1 + (hertz / top) ** 24) if rng.random() < telephone else bottom


def _room(rate: float, decay: float, direct: float, rng: np.random.Generator) -> np.ndarray:
    """Return a room impulse response: the direct sound, then exponentially decaying noise."""
    tail = rng.standard_normal(max(2, int(rate * decay)))
    tail *= 10 ** (-3 * np.arange(len(tail)) / len(tail))
    tail[: int(rate * rng.uniform(0.001, 0.010))] = 0
    tail *= 10 ** (-direct / 20) / max(np.sqrt(np.sum(tail**2)), 1e-9)
    tail[0] += 1
    return tail


def _noise(hertz: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return stationary noise whose spectrum falls by 0 to 9 dB per octave."""
    slope = rng.uniform(0, 1.5)
    shaped = fft.irfft(fft.rfft(rng.standard_normal(size)) * np.maximum(hertz, 60.0) ** -slope, size)
    return shaped / _rms(shaped)


def _breath(utterance: Utterance, rng: np.random.Generator) -> np.ndarray:
    """Return breath noise in the silence before and after speech."""
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
