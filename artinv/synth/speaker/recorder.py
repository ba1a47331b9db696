"""What stands between a talker and the files: a microphone in a room, and an articulograph with its frame and its faults."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from artinv.core import dice
from artinv.core.channels import COILS

_LEVEL = 0.08  # root mean square of the recorded sound; peaks stay far below 1
_DRIFT_PERIODS = (7.0, 19.0, 43.0)  # utterances


@dataclass(frozen=True, slots=True)
class Microphone:
    """Colour and noise of a recording channel."""

    tilt: float = 0.0  # dB in three octaves
    presence: float = 0.0  # dB around 2.5 kHz
    highpass: float = 70.0  # Hz
    snr: float = 38.0  # dB

    def record(self, sound: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
        """(samples,) -> (samples,) float32 in [-1, 1]."""
        size = fft.next_fast_len(len(sound), real=True)
        frequency = np.fft.rfftfreq(size, 1 / rate).astype(np.float32)
        colour = self.tilt * np.log2(np.maximum(frequency, 100) / 1000) / 3
        colour += self.presence * np.exp(-0.5 * (np.log2(np.maximum(frequency, 50) / 2500) / 0.7) ** 2)
        response = 10 ** (colour / 20) * frequency / np.hypot(frequency, np.float32(self.highpass))
        heard = fft.irfft(fft.rfft(sound.astype(np.float32), size) * response, size)[: len(sound)]
        hiss = rng.standard_normal(size, dtype=np.float32)
        hiss = fft.irfft(fft.rfft(hiss) / np.hypot(1, frequency / 500), size)[: len(sound)]
        heard = heard / max(_rms(heard), 1e-9) + hiss / _rms(hiss) * 10 ** (-self.snr / 20)
        return np.clip(_LEVEL * heard, -1, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Articulograph:
    """The frame in which coils are reported, and how exactly."""

    rotation: float = 0.0  # degrees
    shift: tuple[float, float] = (0.0, 0.0)  # mm, where the head's origin comes to lie
    noise: float = 0.15  # mm from sample to sample
    wobble: float = 0.25  # mm from utterance to utterance, all coils together: the head in its frame
    drift: float = 0.2  # mm over the session, each coil for itself: glue, swelling
    moved: tuple[int, float, float] = (0, 0.0, 0.0)  # until this place in the session the frame lay (x, y) mm elsewhere

    def place(self, coils: np.ndarray) -> np.ndarray:
        """(frames, 14) mm in the head's own frame -> (frames, 14) float32 mm in the frame of the session."""
        angle = np.deg2rad(self.rotation)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
        points = coils.reshape(len(coils), len(COILS), 2).astype(np.float32) @ turn.T + np.array(self.shift, np.float32)
        return points.reshape(coils.shape)

    def record(self, coils: np.ndarray, session: str, order: int, rng: np.random.Generator) -> np.ndarray:
        """The same, with the drift of the session up to utterance `order`, and noise."""
        points = self.place(coils).reshape(len(coils), len(COILS), 2)
        offset = self.drift * _drift(session, order) + self.wobble * rng.standard_normal(2)
        if order <= self.moved[0]:
            offset += self.moved[1:]
        points += offset.astype(np.float32)
        points += np.float32(self.noise) * rng.standard_normal(points.shape, dtype=np.float32)
        return points.reshape(coils.shape)


def _drift(session: str, order: int) -> np.ndarray:
    """(coils, 2), smooth in `order`, standard deviation 1: every utterance can work it out by itself."""
    own = dice.rng(session, "drift")
    total = np.zeros((len(COILS), 2))
    for period in _DRIFT_PERIODS:
        size, phase = own.standard_normal(total.shape), own.uniform(0, 2 * np.pi, total.shape)
        total += size * np.sin(order / period + phase)
    return total / np.sqrt(len(_DRIFT_PERIODS) / 2)


def _rms(signal: np.ndarray) -> np.float32:
    return np.sqrt(np.mean(signal**2))
