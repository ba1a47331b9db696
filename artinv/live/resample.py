"""Resample sound that arrives in blocks to 16 kHz, rounded to 16 bits.

A windowed sinc is evaluated at the exact times of the new samples; artinv/show/live/resampler.js has the same filter.
"""

import math
from functools import lru_cache

import numpy as np

from artinv.runtime.errors import BadData
from artinv.signal.mfcc import SOUND_RATE

SLOWEST, FASTEST = 8000, 384_000
"""Hz, limits of the rate of a sound."""

CUTOFF = 0.453125
"""Half amplitude, relative to the lower of the two rates: 7,250 Hz at 16 kHz."""

CROSSINGS = 24
"""Zero crossings of the sinc on each side of its centre."""

BETA = 7.857
"""Shape of the Kaiser window: 80 dB of attenuation."""


class Resampler:
    """Turn blocks of sound at one rate into blocks at 16 kHz; the division into blocks changes no bit."""

    def __init__(self, rate: int) -> None:
        """Set the rate of the sound in Hz."""
        if rate != int(rate) or not SLOWEST <= rate <= FASTEST:
            raise BadData(f"a rate of {rate} Hz is no whole number within {SLOWEST} to {FASTEST} Hz; give the rate of the sound")
        shared = math.gcd(int(rate), SOUND_RATE)
        self._up, self._down = SOUND_RATE // shared, int(rate) // shared
        cutoff = CUTOFF * min(1.0, SOUND_RATE / rate)  # cycles per sample of the input
        self._half = CROSSINGS / (2 * cutoff)
        self._cutoff, self._reach = cutoff, math.ceil(self._half)
        self.delay = 0.0 if rate == SOUND_RATE else self._reach / rate
        """Seconds by which a sample must be followed by others before it is resampled."""
        self._held = np.zeros(self._reach)  # input from the sample number `_first` on; zeros before the start
        self._first = -self._reach
        self._taken = self._made = 0  # samples of the input and of the output

    def add(self, block: np.ndarray) -> np.ndarray:
        """Return the next samples (n,) float32 at 16 kHz, from the next samples of the sound."""
        self._taken += len(block)
        if self._up == self._down:
            return rounded(np.asarray(block, np.float64))
        self._held = np.concatenate([self._held, np.asarray(block, np.float64)])
        return self._samples((self._taken - 1 - self._reach) * self._up // self._down + 1)

    def end(self) -> np.ndarray:
        """Return the last samples; silence follows the sound."""
        if self._up == self._down or not self._taken:
            return np.zeros(0, np.float32)
        self._held = np.concatenate([self._held, np.zeros(self._reach + 1)])
        return self._samples((self._taken - 1) * self._up // self._down + 1)

    def _samples(self, until: int) -> np.ndarray:
        """Return the samples of the output up to the number `until`, which is not included."""
        numbers = np.arange(self._made, max(until, self._made))
        self._made += len(numbers)
        bases, phases = np.divmod(numbers * self._down, self._up)
        if not len(numbers):
            return np.zeros(0, np.float32)
        places = bases[:, None] + (np.arange(1 - self._reach, self._reach + 1) - self._first)
        weights = np.stack([kernel(phase / self._up, self._cutoff, self._reach) for phase in phases.tolist()])
        values = np.einsum("nk,nk->n", self._held[places], weights)
        keep = self._made * self._down // self._up + 1 - self._reach - self._first
        if keep > 0:
            self._held, self._first = self._held[keep:], self._first + keep
        return rounded(values)


@lru_cache(maxsize=20_000)
def kernel(share: float, cutoff: float, reach: int) -> np.ndarray:
    """Return the weights of the samples 1 - reach to reach for a time `share` of a sample after the sample 0; their sum is 1."""
    distance = np.arange(1 - reach, reach + 1) - share
    half = CROSSINGS / (2 * cutoff)
    weights = np.sinc(2 * cutoff * distance) * np.i0(BETA * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2)))
    weights[np.abs(distance) > half] = 0
    return weights / weights.sum()


def rounded(sound: np.ndarray) -> np.ndarray:
    """Return sound rounded to 16 bits, as float32 in [-1, 1), so that a saved file holds exactly what the model gets."""
    return (np.clip(np.rint(sound * 32768), -32768, 32767) / 32768).astype(np.float32)
