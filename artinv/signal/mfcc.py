"""Log mel spectra, MFCC and deltas in numpy on one core: librosa's values, several times faster and without its start-up time.

Frame k is centred on the sample k * hop; the sound is padded with zeros on both sides. Everything is float32.
"""

from functools import lru_cache

import numpy as np
from scipy import fft

from artinv.runtime.errors import BadData

SOUND_RATE = 16000
"""Hz, sampling rate of all cleaned sound."""

FLOOR = 1e-10
"""Floor of the power; smaller values are raised to it."""

RANGE_DB = 80.0
"""Dynamic range of an utterance; values further below its loudest value are raised to that level."""

PIECE = 6000
"""Number of frames that are computed at a time."""

DELTA_WIDTH = 9
"""Number of frames in the fit of a delta."""


def log_mel(sound: np.ndarray, rate: int, hop: int, window: int, n_mels: int) -> np.ndarray:
    """Return (1 + samples // hop, n_mels) mel band powers in dB of (samples,) sound; hop and window (periodic Hann) in samples."""
    spectrum = Spectrum(rate, hop, window, n_mels)
    spectrum.add(sound)
    return spectrum.end()


class Spectrum:
    """The mel band powers of a sound that arrives in blocks; a whole utterance is one block.

    Frames are computed in pieces of PIECE, wherever the blocks end, so that the division into blocks changes no bit.
    """

    def __init__(self, rate: int, hop: int, window: int, n_mels: int) -> None:
        """Set the rate in Hz, hop and window (periodic Hann) in samples, and the number of bands."""
        self._rate, self._hop, self._window, self._n_mels = rate, hop, window, n_mels
        self._waiting = [np.zeros(window // 2, np.float32)]  # samples of frames that are not computed yet
        self._held = window // 2  # their number
        self._samples = 0
        self._rows: list[np.ndarray] = []

    def add(self, sound: np.ndarray) -> None:
        """Add the next samples."""
        self._samples += len(sound)
        self._hold(sound)
        while self._held >= (PIECE - 1) * self._hop + max(self._hop, self._window):
            self._compute(PIECE)

    def end(self) -> np.ndarray:
        """Return (1 + samples // hop, n_mels) in dB, float32, with limited range."""
        self._hold(np.zeros(self._window // 2, np.float32))
        if missing := 1 + self._samples // self._hop - sum(map(len, self._rows)):
            self._compute(missing)
        return with_limited_range(np.concatenate(self._rows))

    def _hold(self, sound: np.ndarray) -> None:
        self._waiting.append(sound)
        self._held += len(sound)

    def _compute(self, frames: int) -> None:
        """Compute the next frames."""
        waiting = np.concatenate(self._waiting)
        within = waiting[: (frames - 1) * self._hop + self._window]
        self._rows.append(decibels(within, self._rate, self._hop, self._window, self._n_mels))
        self._waiting = [waiting[frames * self._hop:]]
        self._held = len(self._waiting[0])


def decibels(sound: np.ndarray, rate: int, hop: int, window: int, n_mels: int) -> np.ndarray:
    """Return (1 + (samples - window) // hop, n_mels) in dB without padding and range limit; frame k begins at k * hop."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, window)[::hop]
    parts = fft.rfft(frames * _hann(window), axis=1).view(np.float32)  # real and imaginary parts alternate
    np.square(parts, out=parts)
    return 10 * np.log10(np.maximum(parts @ _both_parts(rate, window, n_mels), np.float32(FLOOR)))


def with_limited_range(decibels: np.ndarray) -> np.ndarray:
    """Return the spectra of a complete utterance with values below the dynamic range raised to its lower end."""
    return np.maximum(decibels, decibels.max() - np.float32(RANGE_DB))


def cepstra(decibels: np.ndarray, count: int) -> np.ndarray:
    """Return the first `count` coefficients of the orthonormal cosine transform (DCT-II) of (frames, n_mels) in dB."""
    return decibels @ cosines(decibels.shape[1], count)


def deltas(values: np.ndarray, order: int) -> np.ndarray:
    """Return the first or second derivative along the frames, from a polynomial of that order fitted to 9 frames.

    This derivative is constant along the polynomial, so the first and last four frames use the fit to the first and last nine.
    """
    frames, half = len(values), DELTA_WIDTH // 2
    if frames < DELTA_WIDTH:
        raise BadData(f"a sound of {frames} frames is too short for deltas; at least {DELTA_WIDTH} frames are needed")
    length = frames - DELTA_WIDTH + 1
    inner = sum(weight * values[lag:lag + length] for lag, weight in enumerate(_derivative(order)))
    return np.pad(inner, ((half, half), (0, 0)), mode="edge")


@lru_cache(maxsize=8)
def mel_filters(rate: int, size: int, n_mels: int) -> np.ndarray:
    """Return (size / 2 + 1, n_mels) triangular filters of equal area on Slaney's mel scale.

    The scale is linear up to 1 kHz and logarithmic above, with 27 steps per factor 6.4.
    """
    edges = hertz(np.linspace(0, mel(rate / 2), n_mels + 2))
    bins = np.arange(size // 2 + 1) * (rate / size)
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))
    return triangles.astype(np.float32)


@lru_cache(maxsize=8)
def _both_parts(rate: int, size: int, n_mels: int) -> np.ndarray:
    """Return every filter weight twice, for the squared real and imaginary parts whose sum is the power of a bin."""
    return np.repeat(mel_filters(rate, size, n_mels), 2, axis=0)


def mel(frequency: np.ndarray | float) -> np.ndarray:
    """Convert Hz to Slaney's mel scale."""
    frequency = np.asarray(frequency, np.float64)
    return np.where(frequency < 1000, frequency * 3 / 200, 15 + 27 * np.log(np.maximum(frequency, 1) / 1000) / np.log(6.4))


def hertz(mels: np.ndarray) -> np.ndarray:
    """Convert Slaney's mel scale to Hz."""
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))


@lru_cache(maxsize=8)
def _hann(window: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)


@lru_cache(maxsize=8)
def cosines(bands: int, count: int) -> np.ndarray:
    """Return the (bands, count) matrix of the orthonormal cosine transform (DCT-II)."""
    angles = np.pi * (2 * np.arange(bands)[:, None] + 1) * np.arange(count) / (2 * bands)
    scale = np.where(np.arange(count) == 0, 1 / np.sqrt(bands), np.sqrt(2 / bands))
    return (np.cos(angles) * scale).astype(np.float32)


@lru_cache(maxsize=2)
def _derivative(order: int) -> np.ndarray:
    """Return the weights of nine frames for the derivative of this order of the fitted polynomial."""
    positions = np.arange(DELTA_WIDTH) - DELTA_WIDTH // 2
    weights = np.linalg.pinv(np.vander(positions, order + 1, increasing=True))[order] * order  # 1! = 1, 2! = 2
    return weights.astype(np.float32)
