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


def intelligibility(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return STOI of all originals and of their copies, each joined, since single words are too short for it.

    NaN for originals with less than about 0.4 s within 40 dB of their peak.
    """
    original, copy = (np.concatenate(sounds) for sounds in zip(*pairs, strict=True))
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
    """Return the closeness of pairs of an original and its copy: means, and STOI of all together."""
    spectral, cepstral = np.mean([[correlation(*pair), distortion(*pair)] for pair in pairs], axis=0)
    return SoundScores(len(pairs), float(spectral), intelligibility(pairs), float(cepstral))
