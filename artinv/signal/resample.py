"""Resample sound to 16 kHz, and coils from the tracker's rate to the frame rate.

For coils, a zero-phase low-pass (windowed sinc) is evaluated at the exact frame times: filtering and resampling are one step, rates
such as 97.5 Hz need no rounding, and there is no delay. It treats each stretch between gaps separately, so that a gap neither
grows nor is filled.
"""

import numpy as np
import soxr
from scipy import sparse

from artinv.core.masks import runs
from artinv.signal.mfcc import SOUND_RATE

STOP_DB = 50.0
"""Attenuation above the transition band, dB."""

TRANSITION = 0.5
"""Width of the transition band relative to the cut-off: from 3/4 to 5/4 of it."""

MAX_CUTOFF = 0.4
"""Greatest cut-off as a fraction of a rate: the transition band then ends at half of the rate."""

_BETA = 0.5842 * (STOP_DB - 21) ** 0.4 + 0.07886 * (STOP_DB - 21)


def at_16_khz(sound: np.ndarray, rate: float) -> np.ndarray:
    """Return sound at 16 kHz, rounded to 16 bits, as float32 in [-1, 1)."""
    if rate != SOUND_RATE:
        sound = soxr.resample(sound, rate, SOUND_RATE)
    return np.clip(np.rint(sound * np.float32(32768)), -32768, 32767) / np.float32(32768)


def at_frames(coils: np.ndarray, rate: float, start: float, times: np.ndarray, cutoff: float) -> np.ndarray:
    """Return (K, C) float32 coils at `times` s from (T, C) coils whose first sample is at `start` s; NaN where unknown.

    `cutoff` in Hz: attenuation 6 dB there, none below three quarters of it, complete above five quarters.
    """
    out = np.full((len(times), coils.shape[1]), np.nan, np.float32)
    channels_by_gaps: dict[bytes, list[int]] = {}
    known = np.ascontiguousarray(~np.isnan(coils.T))
    for channel, pattern in enumerate(known):
        channels_by_gaps.setdefault(pattern.tobytes(), []).append(channel)
    positions = (times - start) * rate
    for channels in channels_by_gaps.values():
        for first, end in runs(known[channels[0]]):
            inside = np.flatnonzero((positions >= first - 1e-6) & (positions <= end - 1 + 1e-6))
            if len(inside):
                stretch = coils[first:end, channels]
                out[inside[:, None], channels] = _lowpass(stretch, positions[inside] - first, cutoff / rate)
    return out


def _lowpass(x: np.ndarray, positions: np.ndarray, cutoff: float) -> np.ndarray:
    """Return values of (n, c) at fractional `positions` after a low-pass at `cutoff` cycles per sample.

    Beyond each end the motion is continued by point reflection at its last sample, which preserves the slope.
    """
    if len(x) < 2:
        return np.repeat(x, len(positions), axis=0)
    half = (STOP_DB - 7.95) / 14.36 / (TRANSITION * cutoff) / 2
    reach = int(np.ceil(half))
    padded = np.pad(x, ((reach + 1, reach + 1), (0, 0)), mode="reflect", reflect_type="odd")
    whole = np.floor(positions + 1e-6).astype(int)
    phases, which = np.unique(np.round(positions - whole, 6), return_inverse=True)
    taps = np.arange(-reach, reach + 2)
    distance = taps - phases[:, None]
    kernel = np.sinc(2 * cutoff * distance) * np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2)))
    kernel[np.abs(distance) > half] = 0
    kernel /= kernel.sum(axis=1, keepdims=True)
    columns = whole[:, None] + (taps + reach + 1)
    rows = np.arange(len(positions) + 1) * len(taps)
    operator = sparse.csr_array((kernel[which].ravel(), columns.ravel(), rows), shape=(len(positions), len(padded)))
    return operator @ padded
