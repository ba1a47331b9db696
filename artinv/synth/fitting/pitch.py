"""Pitch, voicing and level of a sound at 200 Hz.

Pitch candidates are the minima of the cumulative mean normalized difference (de Cheveigne & Kawahara 2002). Dynamic programming
selects among them, with costs for pitch jumps and for changes of voicing.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.signal import butter, sosfiltfilt

from artinv.synth.tract.controls import HOP, RATE

_LOWEST, _HIGHEST = 60.0, 420.0  # Hz
_WINDOW = 512  # samples compared, 32 ms
_CANDIDATES = 5  # per frame
_UNVOICED = 0.32  # cost of an unvoiced frame: deeper minima are voiced
_LONG = 0.06  # cost of the longest period: among equal minima the shortest period is the pitch
_JUMP, _SWITCH = 1.2, 0.12  # cost of one octave per frame, and of a change of voicing
_BAND = butter(3, (55.0, 1500.0), "bandpass", fs=RATE, output="sos")  # voice is strongest and breath noise weakest here
_RUMBLE = butter(2, 120.0, "highpass", fs=RATE, output="sos")


class SourceFeatures(NamedTuple):
    """Features of the sources of a sound, (frames,) each; frame k is at sample k * HOP."""

    pitch: np.ndarray  # Hz, interpolated linearly over unvoiced frames; 0 if no frame is voiced
    voiced: np.ndarray  # bool
    level: np.ndarray  # dB


def source_features(sound: np.ndarray) -> SourceFeatures:
    """Return the features of a sound (samples,) at 16 kHz, one frame per complete HOP."""
    frames = len(sound) // HOP
    level = levels(sound)
    cost, hertz = _candidates(sosfiltfilt(_BAND, sound), frames)
    cost[level < threshold(level)] = np.inf
    path = _cheapest(cost, hertz)
    voiced = path < _CANDIDATES
    pitch = np.take_along_axis(hertz, np.minimum(path, _CANDIDATES - 1)[:, None], 1)[:, 0]
    known = np.flatnonzero(voiced)
    contour = np.interp(np.arange(frames), known, pitch[known]) if len(known) else np.zeros(frames)
    return SourceFeatures(contour, voiced, level)


def levels(sound: np.ndarray) -> np.ndarray:
    """Return the RMS level (frames,) in dB in 20 ms around the start of each frame, above 120 Hz."""
    frames, half = len(sound) // HOP, 2 * HOP
    squares = np.square(sosfiltfilt(_RUMBLE, sound))
    pieces = np.lib.stride_tricks.sliding_window_view(np.pad(squares, half), 2 * half)[::HOP][:frames]
    window = np.hanning(2 * half + 1)[:-1]
    return 10 * np.log10(np.maximum(pieces @ (window / window.sum()), 1e-12))


def threshold(level: np.ndarray) -> float:
    """Return the level in dB above which a frame counts as speech, from the background level and the loudest frame."""
    loudest, background = level.max(), np.percentile(level, 8)
    return float(max(loudest - 40.0, min(background + 8.0, loudest - 25.0)))


def _candidates(sound: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the costs and the frequencies in Hz, (frames, candidates) each, of the deepest minima."""
    shortest, longest = int(RATE / _HIGHEST), int(np.ceil(RATE / _LOWEST))
    length = _WINDOW + longest + 2
    size = fft.next_fast_len(length + _WINDOW, real=True)
    before = length // 2
    padded = np.pad(sound, (before, length))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, length)[: frames * HOP:HOP]
    squares = np.pad(np.cumsum(np.square(pieces), axis=1), ((0, 0), (1, 0)))
    energy = squares[:, _WINDOW:] - squares[:, :-_WINDOW]  # energy in the window, at each lag
    spectrum = fft.rfft(pieces, size) * fft.rfft(pieces[:, :_WINDOW], size).conj()
    product = fft.irfft(spectrum, size)[:, : energy.shape[1]]
    difference = np.maximum(energy[:, :1] + energy - 2 * product, 0)
    lag = np.arange(difference.shape[1])
    running = np.cumsum(difference, axis=1) - difference[:, :1]
    depth = np.ones_like(difference)
    np.divide(difference * lag, running, out=depth, where=running > 1e-9)
    inner = depth[:, shortest:longest + 1]
    left, right = depth[:, shortest - 1:longest], depth[:, shortest + 1:longest + 2]
    minimum = (inner <= left) & (inner < right)
    curvature = np.where(minimum, left - 2 * inner + right, 1.0)
    shift = np.where(minimum, 0.5 * (left - right) / np.maximum(curvature, 1e-12), 0.0)
    cost = np.where(minimum, inner + _LONG * (lag[shortest:longest + 1] / longest), np.inf)
    chosen = np.argsort(cost, axis=1, kind="stable")[:, :_CANDIDATES]
    period = np.take_along_axis(lag[shortest:longest + 1] + np.clip(shift, -1, 1), chosen, 1)
    return np.take_along_axis(cost, chosen, 1), RATE / period


def _cheapest(cost: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Return the candidate (frames,) on the cheapest path; the number after the last candidate means unvoiced."""
    frames = len(cost)
    local = np.concatenate([cost, np.full((frames, 1), _UNVOICED)], 1)
    octaves = np.log2(hertz)
    total, previous = np.zeros(local.shape), np.zeros(local.shape, int)
    total[:1] = local[:1]
    for frame in range(1, frames):
        step = np.full((local.shape[1],) * 2, _SWITCH)
        step[:-1, :-1] = _JUMP * np.abs(octaves[frame][None] - octaves[frame - 1][:, None])
        step[-1, -1] = 0.0
        reached = total[frame - 1][:, None] + step
        previous[frame] = reached.argmin(0)
        total[frame] = local[frame] + reached.min(0)
    path = np.zeros(frames, int)
    if frames:
        path[-1] = total[-1].argmin()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = previous[frame, path[frame]]
    return path
