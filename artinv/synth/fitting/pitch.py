"""What the sound tells of its sources: pitch, voicing and level, 200 times a second.

Pitch by the cumulative mean normalized difference (de Cheveigne & Kawahara 2002), and the path through its dips that is
cheapest when leaps and changes of voicing cost something.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.signal import butter, sosfiltfilt

from artinv.synth.tract.controls import HOP, RATE

_LOWEST, _HIGHEST = 60.0, 420.0  # Hz
_WINDOW = 512  # samples compared, 32 ms
_CANDIDATES = 5
_UNVOICED = 0.32  # cost of a frame without voice: deeper dips are voice
_LONG = 0.06  # cost of the longest period: the shortest of equal dips is the pitch
_LEAP, _SWITCH = 1.2, 0.12  # cost of an octave a frame, and of voice setting in or out
_BAND = butter(3, (55.0, 1500.0), "bandpass", fs=RATE, output="sos")  # where the voice is strongest and breath weakest
_RUMBLE = butter(2, 120.0, "highpass", fs=RATE, output="sos")


class Heard(NamedTuple):
    """The sources of a sound, (frames,) each; frame k stands at sample k * HOP."""

    pitch: np.ndarray  # Hz, carried on in straight lines where there is no voice; 0 where there is none at all
    voiced: np.ndarray  # bool
    level: np.ndarray  # dB


def listen(sound: np.ndarray) -> Heard:
    """(samples,) at 16 kHz -> a frame per whole HOP."""
    frames = len(sound) // HOP
    level = levels(sound)
    cost, hertz = _candidates(sosfiltfilt(_BAND, sound), frames)
    cost[level < threshold(level)] = np.inf
    path = _cheapest(cost, hertz)
    voiced = path < _CANDIDATES
    pitch = np.take_along_axis(hertz, np.minimum(path, _CANDIDATES - 1)[:, None], 1)[:, 0]
    at = np.flatnonzero(voiced)
    return Heard(np.interp(np.arange(frames), at, pitch[at]) if len(at) else np.zeros(frames), voiced, level)


def levels(sound: np.ndarray) -> np.ndarray:
    """Decibels of the root mean square under 20 ms around every frame's start, rumble below 120 Hz left out."""
    frames, half = len(sound) // HOP, 2 * HOP
    squares = np.square(sosfiltfilt(_RUMBLE, sound))
    pieces = np.lib.stride_tricks.sliding_window_view(np.pad(squares, half), 2 * half)[::HOP][:frames]
    window = np.hanning(2 * half + 1)[:-1]
    return 10 * np.log10(np.maximum(pieces @ (window / window.sum()), 1e-12))


def threshold(level: np.ndarray) -> float:
    """The level in dB from which on a frame is speech: clear of the background, or far enough below the loudest frame."""
    loudest, background = level.max(), np.percentile(level, 8)
    return float(max(loudest - 40.0, min(background + 8.0, loudest - 25.0)))


def _candidates(sound: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Costs and Hz (frames, candidates) of the deepest dips."""
    shortest, longest = int(RATE / _HIGHEST), int(np.ceil(RATE / _LOWEST))
    length = _WINDOW + longest + 2
    size = fft.next_fast_len(length + _WINDOW, real=True)
    before = length // 2
    padded = np.pad(sound, (before, length))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, length)[: frames * HOP:HOP]
    squares = np.pad(np.cumsum(np.square(pieces), axis=1), ((0, 0), (1, 0)))
    energy = squares[:, _WINDOW:] - squares[:, :-_WINDOW]  # under the window after a lag
    spectrum = fft.rfft(pieces, size) * fft.rfft(pieces[:, :_WINDOW], size).conj()
    product = fft.irfft(spectrum, size)[:, : energy.shape[1]]
    difference = np.maximum(energy[:, :1] + energy - 2 * product, 0)
    lag = np.arange(difference.shape[1])
    running = np.cumsum(difference, axis=1) - difference[:, :1]
    depth = np.ones_like(difference)
    np.divide(difference * lag, running, out=depth, where=running > 1e-9)
    inner = depth[:, shortest:longest + 1]
    left, right = depth[:, shortest - 1:longest], depth[:, shortest + 1:longest + 2]
    dip = (inner <= left) & (inner < right)
    bend = np.where(dip, left - 2 * inner + right, 1.0)
    shift = np.where(dip, 0.5 * (left - right) / np.maximum(bend, 1e-12), 0.0)
    cost = np.where(dip, inner + _LONG * (lag[shortest:longest + 1] / longest), np.inf)
    chosen = np.argsort(cost, axis=1, kind="stable")[:, :_CANDIDATES]
    period = np.take_along_axis(lag[shortest:longest + 1] + np.clip(shift, -1, 1), chosen, 1)
    return np.take_along_axis(cost, chosen, 1), RATE / period


def _cheapest(cost: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """(frames,) number of the candidate the best path takes; the last number is `no voice`."""
    frames = len(cost)
    local = np.concatenate([cost, np.full((frames, 1), _UNVOICED)], 1)
    octaves = np.log2(hertz)
    total, came = np.zeros(local.shape), np.zeros(local.shape, int)
    total[:1] = local[:1]
    for frame in range(1, frames):
        step = np.full((local.shape[1],) * 2, _SWITCH)
        step[:-1, :-1] = _LEAP * np.abs(octaves[frame][None] - octaves[frame - 1][:, None])
        step[-1, -1] = 0.0
        reached = total[frame - 1][:, None] + step
        came[frame] = reached.argmin(0)
        total[frame] = local[frame] + reached.min(0)
    path = np.zeros(frames, int)
    if frames:
        path[-1] = total[-1].argmin()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path
