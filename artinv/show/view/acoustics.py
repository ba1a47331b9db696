"""What the eye is given of a sound: the outline of the wave, and a spectrogram that shows single pulses of the voice."""

import io

import numpy as np
import soundfile
from PIL import Image
from scipy import fft, signal

from artinv.formats.sound import to_int16

TOP = 8000
"""Hz, where the spectrogram ends."""

_ROWS = 128  # of the spectrogram
_WINDOW = 0.008  # s
_RANGE_DB = 55.0  # from white to black
_QUIET_DB = -40.0  # silence stays white
_GREYS = 32
_COLUMNS_A_SECOND, _MOST_COLUMNS = 400, 12_000
_PEAKS_A_SECOND, _MOST_PEAKS = 400, 60_000
_CHUNK = 2000  # columns computed at once


def spectrogram(sound: np.ndarray, rate: int) -> tuple[np.ndarray, float]:
    """(rows, columns) float32 in [0, 1] and columns a second; row 0 is 0 Hz, the last lies below TOP, 1 is the loudest.

    Column k is centred on k / columns-a-second. Highs are lifted by 6 dB an octave, as they are weak in speech.
    """
    per_second = min(_COLUMNS_A_SECOND, _MOST_COLUMNS * rate / len(sound))
    window = signal.windows.hann(round(_WINDOW * rate), sym=False).astype(np.float32)
    size = max(fft.next_fast_len(len(window)), 2 * round(_ROWS * rate / TOP / 2))
    lifted = np.pad(np.append(sound[:1], np.diff(sound) + 0.03 * sound[1:]), len(window))
    starts = np.rint(np.arange(int(len(sound) / rate * per_second) + 1) * rate / per_second).astype(int) + len(window) // 2
    rows = np.rint(np.arange(_ROWS) * TOP / _ROWS / (rate / size)).astype(int)
    power = np.zeros((len(starts), _ROWS), np.float32)
    for first in range(0, len(starts), _CHUNK):
        pieces = lifted[starts[first:first + _CHUNK, None] + np.arange(len(window))] * window
        spectra = np.square(np.abs(fft.rfft(pieces, size, axis=1)))
        there = rows < spectra.shape[1]
        power[first:first + _CHUNK, there] = spectra[:, rows[there]]
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    return np.clip((decibels - max(decibels.max(), _QUIET_DB)) / _RANGE_DB + 1, 0, 1).T, per_second


def picture(values: np.ndarray) -> bytes:
    """(rows, columns) in [0, 1] -> a PNG in greys, 0 white, 1 black, row 0 at the bottom."""
    greys = np.rint((1 - values[::-1]) * (_GREYS - 1)) * (255 / (_GREYS - 1))
    return _png(Image.fromarray(greys.astype(np.uint8)))


def outline(sound: np.ndarray, rate: int) -> tuple[np.ndarray, float]:
    """(pieces, 2) int8, lowest and highest value of each piece of sound, the loudest being 127, and pieces a second."""
    length = max(1, round(rate / min(_PEAKS_A_SECOND, _MOST_PEAKS * rate / len(sound))))
    padded = np.pad(sound, (0, -len(sound) % length), mode="edge").reshape(-1, length)
    ends = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=1)
    return np.rint(ends / max(float(np.abs(sound).max()), 1e-6) * 127).astype(np.int8), rate / length


def wav(sound: np.ndarray, rate: int) -> bytes:
    """A RIFF file of 16 bits; of FLAC, half the size, Chromium cannot reach every place."""
    file = io.BytesIO()
    soundfile.write(file, to_int16(sound), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.quantize(_GREYS).save(file, format="png", optimize=True)
    return file.getvalue()
