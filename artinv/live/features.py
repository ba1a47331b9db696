"""Features of sound that arrives in blocks: mel cepstra, normalized by what has been said so far.

A frame depends on the sound up to the end of its own window and on nothing later. Its level is relative to the loudest sound of the
last seconds, and its cepstra are normalized with the mean and variance of the loud frames so far, so that the microphone and the
room lose their influence. Before much has been said, the statistics of the training speakers count. Everything is float64, so that
the live page (artinv/show/live/features.js) computes the same values.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from artinv.runtime.params import ProfileParams
from artinv.signal.mfcc import FLOOR, SOUND_RATE, mel_filters

LEAST_VARIANCE = 1e-4
"""Least variance of a cepstral coefficient, dB^2."""


class FrontParams(ProfileParams):
    """Settings of the features."""

    section: ClassVar[str] = "front"
    rate: int = Field(gt=0)  # Hz, frames
    window: int = Field(gt=0, multiple_of=2)  # samples at 16 kHz
    size: int = Field(gt=0)  # samples of the Fourier transform, a power of two
    bands: int = Field(ge=2, le=80)  # mel bands
    cepstra: int = Field(ge=1)  # coefficients
    span: float = Field(gt=0)  # dB, dynamic range below the peak level; quieter values are raised to its lower end
    gate: float = Field(gt=0)  # dB, frames whose loudest band is further below the peak level do not count as speech
    lowest: float  # dB, least peak level; quieter sound is silence
    fall: float = Field(gt=0)  # dB/s, by which the peak level falls during speech
    rest: float = Field(ge=0)  # dB/s, by which it falls otherwise
    prior: float = Field(gt=0)  # s of speech that the statistics of the training speakers count for
    memory: float = Field(gt=0)  # s, time constant of the statistics of this speaker

    @model_validator(mode="after")
    def _fits(self) -> "FrontParams":
        if SOUND_RATE % self.rate:
            raise ValueError(f"rate must divide {SOUND_RATE} so that frames fall on samples, as 50 and 100 do")
        if self.window < self.hop:
            raise ValueError(f"window must have at least the {self.hop} samples from a frame to the next, so that none is skipped")
        if self.size & (self.size - 1) or self.size < self.window:
            raise ValueError(f"size must be a power of two of at least window = {self.window}")
        if self.cepstra > self.bands:
            raise ValueError(f"cepstra must not exceed bands = {self.bands}")
        return self

    @property
    def hop(self) -> int:
        """Return the samples from a frame to the next."""
        return SOUND_RATE // self.rate


@dataclass(frozen=True, slots=True)
class Typical:
    """Statistics of the speech of the training speakers."""

    peak: float  # dB, peak level
    mean: np.ndarray  # (cepstra,)
    variance: np.ndarray  # (cepstra,)


class Spectrum:
    """Mel band powers of sound that arrives in blocks: frame k is centred on the sample k * hop; zeros surround the sound."""

    def __init__(self, front: FrontParams) -> None:
        """Start before the first sample."""
        self._front = front
        self._held = np.zeros(front.window // 2)
        self._samples = self._frames = 0

    def add(self, block: np.ndarray) -> np.ndarray:
        """Return the frames (n, bands) in dB that the next samples complete."""
        self._samples += len(block)
        self._held = np.concatenate([self._held, np.asarray(block, np.float64)])
        return self._computed((len(self._held) - self._front.window) // self._front.hop + 1)

    def end(self) -> np.ndarray:
        """Return the last frames; there are 1 + samples // hop altogether."""
        self._held = np.concatenate([self._held, np.zeros(self._front.window)])
        return self._computed(1 + self._samples // self._front.hop - self._frames)

    def _computed(self, frames: int) -> np.ndarray:
        front = self._front
        if frames <= 0:
            return np.zeros((0, front.bands))
        self._frames += frames
        views = np.lib.stride_tricks.sliding_window_view(self._held, front.window)[: frames * front.hop : front.hop]
        values = decibels(views, front)
        self._held = self._held[frames * front.hop:]
        return values


def decibels(windows: np.ndarray, front: FrontParams) -> np.ndarray:
    """Return the mel band powers (n, bands) in dB of windows (n, window) of samples."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(front.window) / front.window)
    power = np.square(np.abs(np.fft.rfft(windows * hann, front.size)))
    filters = mel_filters(SOUND_RATE, front.size, front.bands).astype(np.float64)
    return 10 * np.log10(np.maximum(np.stack([row @ filters for row in power]), FLOOR))  # by row: equal bits for all divisions


class Normalizer:
    """Turn mel band powers, frame by frame, into cepstra that are normalized by the frames so far."""

    def __init__(self, front: FrontParams, typical: Typical) -> None:
        """Start with the statistics of the training speakers."""
        self._front, self._typical = front, typical
        self._basis = cosines(front.bands, front.cepstra)
        self._keep = float(np.exp(-1 / (front.memory * front.rate)))
        self._prior = front.prior * front.rate
        self.peak = typical.peak
        self._count, self._sum, self._squares = 0.0, np.zeros(front.cepstra), np.zeros(front.cepstra)

    def add(self, decibels: np.ndarray) -> np.ndarray:
        """Return the features (n, cepstra) of frames (n, bands) in dB."""
        return np.stack([self._frame(row) for row in decibels]) if len(decibels) else np.zeros((0, self._front.cepstra))

    def levelled(self, decibels: np.ndarray) -> tuple[np.ndarray, bool]:
        """Return the cepstra of the next frame, relative to the peak level, and whether it counts as speech."""
        front, top = self._front, float(decibels.max())
        loud = top > self.peak - front.gate
        self.peak = max(top, self.peak - (front.fall if loud else front.rest) / front.rate, front.lowest)
        return np.maximum(decibels - self.peak, -front.span) @ self._basis, loud

    def _frame(self, decibels: np.ndarray) -> np.ndarray:
        cepstra, loud = self.levelled(decibels)
        if loud:
            self._count = self._count * self._keep + 1
            self._sum = self._sum * self._keep + cepstra
            self._squares = self._squares * self._keep + cepstra * cepstra
        typical, total = self._typical, self._prior + self._count
        mean = (self._prior * typical.mean + self._sum) / total
        squares = (self._prior * (typical.variance + typical.mean * typical.mean) + self._squares) / total
        return (cepstra - mean) / np.sqrt(np.maximum(squares - mean * mean, LEAST_VARIANCE))


def cosines(bands: int, count: int) -> np.ndarray:
    """Return the (bands, count) matrix of the orthonormal cosine transform (DCT-II), float64."""
    angles = np.pi * (2 * np.arange(bands)[:, None] + 1) * np.arange(count) / (2 * bands)
    return np.cos(angles) * np.where(np.arange(count) == 0, np.sqrt(1 / bands), np.sqrt(2 / bands))
