"""Raw voltage -> high-gamma envelopes at 125 Hz, block by block.

One linear-phase filter selects 70 to 170 Hz, leaves out the line noise and its harmonics, and makes the signal analytic; the
absolute value is the envelope. A second filter smooths it, evaluated at the times of the frames, so that rates such as 1024 Hz
need no rounding. Neither filter delays. A frame depends on REACH s of the voltage before and after it; nearly all of its weight
lies within 20 ms; rounding alone reaches further.

The input is cut into internal blocks of a fixed length, so that the result is the same, bit by bit, for every division of the
voltage into blocks.
"""

from collections.abc import Iterable

import numpy as np
from scipy import fft

from artinv.neural.records import RATE
from artinv.runtime.errors import BadData

LOW, HIGH = 70.0, 170.0
"""Edges of the band, Hz; attenuation 6 dB there."""

NOTCH = 2.0
"""Half of the width that is left out around the line frequency and each harmonic, Hz; attenuation 6 dB at its edges."""

BAND_REACH, SMOOTH_REACH = 0.4, 0.04
"""Half of the length of the two filters, s."""

REACH = BAND_REACH + SMOOTH_REACH
"""Voltage before and after a frame that the frame depends on, s."""

SLOWEST = 2 * (HIGH + 10)
"""Lowest rate of the voltage, Hz."""

_CUTOFF = 44.0  # Hz, of the smoothing filter; its stop band begins at half of RATE
_BETA = 5.65  # of the Kaiser windows: 60 dB
_LEAST_FFT = 4096


def passbands(line: float, rate: float) -> list[tuple[float, float]]:
    """Return the bands in Hz that remain without the harmonics of the line frequency; line 0: no notch.

    >>> passbands(50, 1000)
    [(70.0, 98.0), (102.0, 148.0), (152.0, 170.0)]
    """
    edges = [LOW]
    for harmonic in np.arange(1, HIGH / line + 2) * line if line else ():
        if harmonic + NOTCH > LOW and harmonic - NOTCH < HIGH:
            edges += [max(LOW, float(harmonic) - NOTCH), min(HIGH, float(harmonic) + NOTCH)]
    edges.append(min(HIGH, rate / 2))
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]


def band_filter(rate: float, line: float) -> np.ndarray:
    """Return the analytic band-pass filter, (taps,) complex128; a sine in the band of amplitude a gets the absolute value a."""
    half = round(BAND_REACH * rate)
    n = np.arange(-half, half + 1)
    taps = np.zeros(len(n), complex)
    for low, high in passbands(line, rate):
        width, centre = high - low, (high + low) / 2
        taps += 2 * width / rate * np.sinc(width / rate * n) * np.exp(2j * np.pi * centre / rate * n)
    return taps * np.kaiser(len(n), _BETA)


def smoothing_filter(rate: float, phase: float) -> np.ndarray:
    """Return the weights (taps,) of samples around a frame that lies `phase` samples after the middle one."""
    half = round(SMOOTH_REACH * rate)
    distance = np.arange(-half, half + 1) - phase
    window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (distance / (half + 1)) ** 2)))
    taps = np.sinc(2 * _CUTOFF / rate * distance) * window
    return taps / taps.sum()


class HighGamma:
    """Extractor of envelopes from blocks of voltage."""

    def __init__(self, rate: float, channels: int, line: float = 50.0) -> None:
        """Design the filters for voltage at `rate` Hz; `line` is the line frequency, 0 for none."""
        if rate < SLOWEST:
            raise BadData(f"voltage at {rate:g} Hz has no high gamma; record at {SLOWEST:g} Hz or more")
        self.rate, self.channels = rate, channels
        taps = band_filter(rate, line)
        self._half, self._tail = len(taps) // 2, round(SMOOTH_REACH * rate)
        self._size = max(_LEAST_FFT, 1 << (4 * len(taps) - 1).bit_length())
        self._response = fft.fft(taps, self._size).astype(np.complex64)[:, None]
        self._hop = self._size - len(taps) + 1
        self._waiting: list[np.ndarray] = []
        self._kernels: dict[float, np.ndarray] = {}
        self._samples = self._frames = 0
        self._envelope = np.zeros((0, channels), np.float32)
        self._origin = -self._tail  # number of the first sample in _envelope
        self._last = np.zeros((1, channels), np.float32)

    def add(self, block: np.ndarray) -> np.ndarray:
        """Take the next voltage (n, channels) and return the envelopes (k, channels) float32 that are complete now."""
        if block.ndim != 2 or block.shape[1] != self.channels:
            raise BadData(f"voltage {block.shape} does not have {self.channels} channels; give (samples, channels)")
        if not len(block):
            return np.zeros((0, self.channels), np.float32)
        values = np.asarray(block, np.float32)
        if not self._samples:  # the first sample is held before the start
            self._waiting.append(np.repeat(values[:1], self._half + self._tail, 0))
        self._samples += len(values)
        self._last = values[-1:].copy()
        self._waiting.append(values.copy())
        return self._filtered(None)

    def end(self) -> np.ndarray:
        """Return the remaining envelopes; the last sample is held beyond the end."""
        total = int(np.floor((self._samples - 1) * RATE / self.rate + 1e-9)) + 1 if self._samples else 0
        self._waiting.append(np.repeat(self._last, self._half + self._tail + self._size, 0))
        return self._filtered(total)

    def _filtered(self, total: int | None) -> np.ndarray:
        """Filter all complete internal blocks; return the new frames, up to frame `total`."""
        held = sum(map(len, self._waiting))
        if held < self._size:
            return np.zeros((0, self.channels), np.float32)
        voltage = np.concatenate(self._waiting)
        start, out = 0, []
        while start + self._size <= len(voltage):
            spectrum = fft.fft(voltage[start:start + self._size], axis=0)
            analytic = fft.ifft(spectrum * self._response, axis=0, overwrite_x=True)
            self._envelope = np.concatenate([self._envelope, np.abs(analytic[-self._hop:])])
            start += self._hop
            out.append(self._smoothed(total))
        self._waiting = [voltage[start:].copy()]
        return np.concatenate(out)

    def _smoothed(self, total: int | None) -> np.ndarray:
        """Return the frames whose samples have come, and drop what no later frame needs."""
        out = []
        while total is None or self._frames < total:
            position = self._frames * self.rate / RATE
            middle = int(np.floor(position + 1e-6))
            first = middle - self._tail - self._origin
            if first + 2 * self._tail + 1 > len(self._envelope):
                break
            out.append(self._kernel(round(position - middle, 6)) @ self._envelope[first:first + 2 * self._tail + 1])
            self._frames += 1
        keep = max(0, int(self._frames * self.rate / RATE) - self._tail - 1 - self._origin)
        self._envelope, self._origin = self._envelope[keep:].copy(), self._origin + keep
        return np.maximum(np.array(out, np.float32).reshape(-1, self.channels), 0)

    def _kernel(self, phase: float) -> np.ndarray:
        if phase not in self._kernels:
            self._kernels[phase] = smoothing_filter(self.rate, phase).astype(np.float32)
        return self._kernels[phase]


def envelopes(blocks: Iterable[np.ndarray], rate: float, channels: int, line: float = 50.0) -> np.ndarray:
    """Return the envelopes (frames, channels) float32 at 125 Hz of voltage in blocks (n, channels) at `rate` Hz."""
    extractor = HighGamma(rate, channels, line)
    return np.concatenate([*map(extractor.add, blocks), extractor.end()])
