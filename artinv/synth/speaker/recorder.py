"""Simulated recording equipment: a microphone, and an articulograph with its coordinate frame and its errors."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from artinv.core import random_draws
from artinv.core.channels import COILS

_LEVEL = 0.08  # root mean square of the recorded sound; peaks are far below 1
_DRIFT_PERIODS = (7.0, 19.0, 43.0)  # in utterances


@dataclass(frozen=True, slots=True)
class Microphone:
    """Frequency response and noise of a recording channel."""

    tilt: float = 0.0  # dB per three octaves
    presence: float = 0.0  # dB around 2.5 kHz
    highpass: float = 70.0  # Hz
    snr: float = 38.0  # dB

    def record(self, sound: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
        """Return the recorded sound, (samples,) float32 in [-1, 1]."""
        size = fft.next_fast_len(len(sound), real=True)
        frequency = np.fft.rfftfreq(size, 1 / rate).astype(np.float32)
        colour = self.tilt * np.log2(np.maximum(frequency, 100) / 1000) / 3
        colour += self.presence * np.exp(-0.5 * (np.log2(np.maximum(frequency, 50) / 2500) / 0.7) ** 2)
        response = 10 ** (colour / 20) * frequency / np.hypot(frequency, np.float32(self.highpass))
        recorded = fft.irfft(fft.rfft(sound.astype(np.float32), size) * response, size)[: len(sound)]
        hiss = rng.standard_normal(size, dtype=np.float32)
        hiss = fft.irfft(fft.rfft(hiss) / np.hypot(1, frequency / 500), size)[: len(sound)]
        recorded = recorded / max(_rms(recorded), 1e-9) + hiss / _rms(hiss) * 10 ** (-self.snr / 20)
        return np.clip(_LEVEL * recorded, -1, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Articulograph:
    """Coordinate frame and errors of the measured coil positions."""

    rotation: float = 0.0  # degrees
    shift: tuple[float, float] = (0.0, 0.0)  # mm, position of the origin of the head in this frame
    noise: float = 0.15  # mm, standard deviation per sample
    wobble: float = 0.25  # mm, standard deviation per utterance, common to all coils: head position
    drift: float = 0.2  # mm, standard deviation over the session, separate for each coil: glue, swelling
    moved: tuple[int, float, float] = (0, 0.0, 0.0)  # up to this utterance of the session the frame is shifted by (x, y) mm

    def place(self, coils: np.ndarray) -> np.ndarray:
        """Return coils (frames, 14) in float32 mm in the frame of the session, from mm in the frame of the head."""
        angle = np.deg2rad(self.rotation)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
        points = coils.reshape(len(coils), len(COILS), 2).astype(np.float32) @ turn.T + np.array(self.shift, np.float32)
        return points.reshape(coils.shape)

    def record(self, coils: np.ndarray, session: str, order: int, rng: np.random.Generator) -> np.ndarray:
        """Return `place(coils)` with the drift of the session at utterance `order` and with noise."""
        points = self.place(coils).reshape(len(coils), len(COILS), 2)
        offset = self.drift * _drift(session, order) + self.wobble * rng.standard_normal(2)
        if order <= self.moved[0]:
            offset += self.moved[1:]
        points += offset.astype(np.float32)
        points += np.float32(self.noise) * rng.standard_normal(points.shape, dtype=np.float32)
        return points.reshape(coils.shape)


def _drift(session: str, order: int) -> np.ndarray:
    """Return the drift (coils, 2), smooth in `order`, with standard deviation 1; it depends on session and order only."""
    rng = random_draws.rng(session, "drift")
    total = np.zeros((len(COILS), 2))
    for period in _DRIFT_PERIODS:
        size, phase = rng.standard_normal(total.shape), rng.uniform(0, 2 * np.pi, total.shape)
        total += size * np.sin(order / period + phase)
    return total / np.sqrt(len(_DRIFT_PERIODS) / 2)


def _rms(signal: np.ndarray) -> np.float32:
    return np.sqrt(np.mean(signal**2))
