"""Log mel spectra, MFCC and deltas on one core in numpy: the values librosa gives, without its start-up and several times faster.

Frame k is centred on the sample k * hop; the sound is continued by zeros on both sides. Everything is float32.
"""

from functools import lru_cache

import numpy as np
from scipy import fft

from artinv.runtime.errors import BadData

SOUND_RATE = 16000
"""Hz, of all sound that has been cleaned."""

FLOOR = 1e-10
"""Least power that is told apart."""

RANGE_DB = 80.0
"""What lies further below an utterance's loudest value is raised to that level."""

DELTA_WIDTH = 9
"""Frames that a delta is fitted over."""


def log_mel(sound: np.ndarray, rate: int, hop: int, window: int, n_mels: int) -> np.ndarray:
    """(samples,) -> (1 + samples // hop, n_mels) mel band powers in dB; hop and window (periodic Hann) in samples."""
    beyond = np.zeros(window // 2, np.float32)
    return audible(decibels(np.concatenate([beyond, sound, beyond]), rate, hop, window, n_mels))


def decibels(sound: np.ndarray, rate: int, hop: int, window: int, n_mels: int) -> np.ndarray:
    """The same, of the 1 + (samples - window) // hop windows within the sound, nothing raised; frame k begins at k * hop."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, window)[::hop]
    parts = fft.rfft(frames * _hann(window), axis=1).view(np.float32)  # real and imaginary in turn
    np.square(parts, out=parts)
    return 10 * np.log10(np.maximum(parts @ _both_parts(rate, window, n_mels), np.float32(FLOOR)))


def audible(decibels: np.ndarray) -> np.ndarray:
    """A whole utterance, with what is too far below its loudest value raised."""
    return np.maximum(decibels, decibels.max() - np.float32(RANGE_DB))


def cepstra(decibels: np.ndarray, count: int) -> np.ndarray:
    """(frames, n_mels) in dB -> the first `count` coefficients of the orthonormal cosine transform (II)."""
    return decibels @ cosines(decibels.shape[1], count)


def deltas(values: np.ndarray, order: int) -> np.ndarray:
    """Slope (order 1) or curvature (order 2) along the frames: that derivative of the polynomial of that order through 9 frames.

    As this derivative is constant along the polynomial, the first and last four frames take it from the first and last nine.
    """
    frames, half = len(values), DELTA_WIDTH // 2
    if frames < DELTA_WIDTH:
        raise BadData(f"a sound of {frames} frames is too short for deltas; at least {DELTA_WIDTH} frames are needed")
    length = frames - DELTA_WIDTH + 1
    inner = sum(weight * values[lag:lag + length] for lag, weight in enumerate(_derivative(order)))
    return np.pad(inner, ((half, half), (0, 0)), mode="edge")


@lru_cache(maxsize=8)
def mel_filters(rate: int, size: int, n_mels: int) -> np.ndarray:
    """(size / 2 + 1, n_mels) triangles of equal area on Slaney's scale: linear up to 1 kHz, 27 bands per factor 6.4 above."""
    edges = hertz(np.linspace(0, mel(rate / 2), n_mels + 2))
    bins = np.arange(size // 2 + 1) * (rate / size)
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))
    return triangles.astype(np.float32)


@lru_cache(maxsize=8)
def _both_parts(rate: int, size: int, n_mels: int) -> np.ndarray:
    """Every filter weight twice: a bin's power is the sum of its squared real and imaginary parts."""
    return np.repeat(mel_filters(rate, size, n_mels), 2, axis=0)


def mel(frequency: np.ndarray | float) -> np.ndarray:
    """Hz on Slaney's scale."""
    frequency = np.asarray(frequency, np.float64)
    return np.where(frequency < 1000, frequency * 3 / 200, 15 + 27 * np.log(np.maximum(frequency, 1) / 1000) / np.log(6.4))


def hertz(mels: np.ndarray) -> np.ndarray:
    """What stands on Slaney's scale, in Hz."""
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))


@lru_cache(maxsize=8)
def _hann(window: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)


@lru_cache(maxsize=8)
def cosines(bands: int, count: int) -> np.ndarray:
    """(bands, count) the orthonormal cosine transform (II)."""
    angles = np.pi * (2 * np.arange(bands)[:, None] + 1) * np.arange(count) / (2 * bands)
    scale = np.where(np.arange(count) == 0, 1 / np.sqrt(bands), np.sqrt(2 / bands))
    return (np.cos(angles) * scale).astype(np.float32)


@lru_cache(maxsize=2)
def _derivative(order: int) -> np.ndarray:
    """What each of nine frames counts in the derivative of that order of the polynomial through them."""
    at = np.arange(DELTA_WIDTH) - DELTA_WIDTH // 2
    highest = np.linalg.pinv(np.vander(at, order + 1, increasing=True))[order] * order  # 1! = 1, 2! = 2
    return highest.astype(np.float32)
