"""How close a sound is to the recorded one: correlation of spectrograms, STOI and mel cepstral distortion."""

import warnings
from collections.abc import Sequence

import numpy as np
from pystoi import stoi

from artinv.neural.records import SAMPLES, SOUND_RATE
from artinv.neural.results import SoundScores
from artinv.synth.fitting.resynthesis import Distances

SIZE = 256
"""Samples of a window, as in the forerunner; one window a frame."""

RANGE_DB = 50.0
"""Levels this far below the loudest bin of the recorded sound count as silence."""


def levels(sound: np.ndarray, floor: float | None = None) -> np.ndarray:
    """Return the spectrogram (frames, bins) in dB, not below `floor`; None: RANGE_DB below its maximum."""
    frames = len(sound) // SAMPLES
    padded = np.pad(sound[: frames * SAMPLES].astype(np.float64), SIZE // 2)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::SAMPLES][:frames]
    spectrum = np.abs(np.fft.rfft(pieces * np.hanning(SIZE), axis=1))
    values = 20 * np.log10(spectrum + 1e-9)
    return np.maximum(values, values.max() - RANGE_DB if floor is None else floor)


def correlation(original: np.ndarray, copy: np.ndarray) -> float:
    """Return the Pearson correlation of two spectrograms over all frames and bins; 0 if the copy is constant.

    The copy is first scaled to the level of the original.
    """
    power = float(np.sqrt(np.mean(np.square(copy)))) if len(copy) else 0.0
    if power <= 0:
        return 0.0
    scaled = copy * (float(np.sqrt(np.mean(np.square(original)))) / power)
    first = levels(original)
    second = levels(scaled, float(first.min()))
    x, y = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / norm if norm > 0 else 0.0


def intelligibility(original: np.ndarray, copy: np.ndarray) -> float:
    """Return STOI; NaN for a sound with less than about 0.4 s above 40 dB below its peak."""
    if not np.any(copy):
        return 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return float(stoi(original.astype(np.float64), copy.astype(np.float64), SOUND_RATE))
        except (RuntimeWarning, ValueError):
            return float("nan")


def distortion(original: np.ndarray, copy: np.ndarray) -> float:
    """Return the mel cepstral distortion in dB in the speech frames of the original."""
    return Distances.between(original.astype(np.float64), copy.astype(np.float64) + 1e-9).cepstral


def closeness(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> SoundScores:
    """Return the means over pairs of an original and its copy."""
    rows = np.array([[correlation(*pair), intelligibility(*pair), distortion(*pair)] for pair in pairs], float)
    known = np.isfinite(rows)
    means = np.divide(np.where(known, rows, 0).sum(0), known.sum(0), out=np.full(3, np.nan), where=known.any(0))
    return SoundScores(len(pairs), *map(float, means))
