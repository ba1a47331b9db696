"""Displays of a sound: the outline of its waveform, and a wide-band spectrogram that resolves single glottal pulses."""

import io
import struct
import zlib

import numpy as np
import soundfile
from scipy import fft

from artinv.formats.sound import to_int16

TOP = 8000
"""Highest frequency of the spectrogram in Hz."""

_ROWS = 128  # number of frequencies of the spectrogram
_WINDOW = 0.008  # s
_RANGE_DB = 55.0  # from white to black
_QUIET_DB = -40.0  # lowest reference level, so that silence stays white
_GREYS = 32
_COLUMNS_PER_SECOND, _MOST_COLUMNS = 400, 12_000
_PEAKS_PER_SECOND, _MOST_PEAKS = 400, 60_000
_CHUNK = 2000  # columns computed at once


def spectrogram(sound: np.ndarray, rate: int) -> tuple[np.ndarray, float]:
    """Return the spectrogram, (rows, columns) float32 in [0, 1], and its columns per second.

    Row 0 is 0 Hz and the last row is just below TOP; 1 is the loudest. Column k is centred on k / (columns per second). High
    frequencies, weak in speech, are amplified by 6 dB per octave.
    """
    per_second = min(_COLUMNS_PER_SECOND, _MOST_COLUMNS * rate / len(sound))
    window = (0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, round(_WINDOW * rate) + 1)[:-1])).astype(np.float32)  # Hann
    size = max(fft.next_fast_len(len(window)), 2 * round(_ROWS * rate / TOP / 2))
    emphasized = np.pad(np.append(sound[:1], np.diff(sound) + 0.03 * sound[1:]), len(window))
    starts = np.rint(np.arange(int(len(sound) / rate * per_second) + 1) * rate / per_second).astype(int) + len(window) // 2
    rows = np.rint(np.arange(_ROWS) * TOP / _ROWS / (rate / size)).astype(int)
    power = np.zeros((len(starts), _ROWS), np.float32)
    for first in range(0, len(starts), _CHUNK):
        pieces = emphasized[starts[first:first + _CHUNK, None] + np.arange(len(window))] * window
        spectra = np.square(np.abs(fft.rfft(pieces, size, axis=1)))
        below_nyquist = rows < spectra.shape[1]
        power[first:first + _CHUNK, below_nyquist] = spectra[:, rows[below_nyquist]]
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    return np.clip((decibels - max(decibels.max(), _QUIET_DB)) / _RANGE_DB + 1, 0, 1).T, per_second


def picture(values: np.ndarray) -> bytes:
    """Return (rows, columns) values in [0, 1] as a grey PNG: 0 white, 1 black, row 0 at the bottom.

    Written here, because Pillow would add 22 MB to the base install.
    """
    greys = (np.rint((1 - values[::-1]) * (_GREYS - 1)) * (255 / (_GREYS - 1))).astype(np.uint8)
    rows, columns = greys.shape
    unfiltered = np.pad(greys, ((0, 0), (1, 0))).tobytes()  # each row begins with the number of its filter, 0
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)  # 8 bits, grey, not interlaced
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(unfiltered, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)


def outline(sound: np.ndarray, rate: int) -> tuple[np.ndarray, float]:
    """Return the minimum and maximum of each piece of sound, (pieces, 2) int8, scaled to a peak of 127; and pieces per second."""
    length = max(1, round(rate / min(_PEAKS_PER_SECOND, _MOST_PEAKS * rate / len(sound))))
    padded = np.pad(sound, (0, -len(sound) % length), mode="edge").reshape(-1, length)
    ends = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=1)
    return np.rint(ends / max(float(np.abs(sound).max()), 1e-6) * 127).astype(np.int8), rate / length


def wav(sound: np.ndarray, rate: int) -> bytes:
    """Return a 16-bit WAV file; FLAC would be half the size, but Chromium cannot seek to every position in it."""
    file = io.BytesIO()
    soundfile.write(file, to_int16(sound), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()
