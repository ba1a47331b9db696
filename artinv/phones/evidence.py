"""Evidence of phones as network input: the articulatory classes of each frame, recognized or from labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from artinv.core.records import Label
from artinv.phones import alphabets
from artinv.phones.classes import CLASSES
from artinv.phones.recognizer import RATE

WIDTH = len(CLASSES)
"""Values a frame."""

KINDS = ("recognized", "timed")
"""From a recognizer that does not know the words; from phones whose times are known."""

ACOUSTICS, PHONES = "acoustics", "phones"
"""Sources of a prediction; a model has one place for phones, recognized or known."""

KNOWN = 0.7
"""Weight of known phones beside recognized ones, which show how this speaker says them."""

GAIN = 2.0
"""Factor that brings probabilities near to the range of normalized acoustics."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording of which the sound alone is known, and what is heard in it."""

    acoustics: np.ndarray  # (K, values) float32, normalized
    recognized: np.ndarray  # (K, classes) float32, evidence of the recognizer
    phones: np.ndarray  # (K, classes) float32, the best evidence: that of aligned words, or `recognized`


def at_frames(classes: np.ndarray, frames: int, rate: float) -> np.ndarray:
    """Return (frames, classes) float32 at `rate` Hz from (n, classes) probabilities at 100 Hz, lightly smoothed."""
    padded = np.pad(classes, ((1, 1), (0, 0)), mode="edge")
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    places = np.minimum(np.rint(np.arange(frames) * RATE / rate).astype(int), len(smooth) - 1)
    return (GAIN * smooth[places]).astype(np.float32)


def from_labels(labels: Sequence[Label], frames: int, rate: float, origin: str = "labels") -> np.ndarray:
    """Return (frames, classes) float32 at `rate` Hz from timed phones: the share of each frame that a phone covers.

    `origin` names the labels in messages.
    """
    edges = (np.arange(frames + 1) - 0.5) / rate
    out = np.zeros((frames, WIDTH))
    for label, row in zip(*alphabets.one_sound_each(labels, origin), strict=True):
        first, last = np.searchsorted(edges, [label.start, label.end])
        near = slice(max(first - 1, 0), last)
        share = np.minimum(edges[1:][near], label.end) - np.maximum(edges[:-1][near], label.start)
        out[near] += np.clip(share, 0, None)[:, None] * rate * row
    return (GAIN * out).astype(np.float32)


def blended(known: np.ndarray, recognized: np.ndarray | None) -> np.ndarray:
    """Return the evidence of known phones, blended with that of a recognizer if there is one."""
    return known if recognized is None else np.float32(KNOWN) * known + np.float32(1 - KNOWN) * recognized


def joined(acoustics: np.ndarray, phones: np.ndarray | None) -> np.ndarray:
    """Return the input of a model (frames, values) float32: acoustics, and evidence or zeros where the phones are not known."""
    blank = np.zeros((len(acoustics), WIDTH), np.float32)
    return np.hstack([acoustics, blank if phones is None else phones]).astype(np.float32)


def predicted(
    predict: Callable[[np.ndarray], np.ndarray], acoustics: np.ndarray, phones: np.ndarray | None, *, phones_alone: bool = True,
) -> np.ndarray:
    """Return what a model predicts from acoustics alone or, with phones, the mean of what it predicts with and without acoustics.

    Both predictions follow people about equally well, and their errors differ. With `phones_alone=False`, for a model
    that never saw phones without sound, there is one prediction, from both.
    """
    if phones is None or not phones_alone:
        return predict(joined(acoustics, phones))
    return (predict(joined(acoustics, phones)) + predict(joined(np.zeros_like(acoustics), phones))) / np.float32(2)


def smoothed(phones: np.ndarray, reach: int) -> np.ndarray:
    """Return evidence (frames, classes) smoothed over `reach` frames on each side, with a Hann window."""
    if not reach:
        return phones
    window = np.hanning(2 * reach + 3)[1:-1].astype(np.float32)
    padded = np.pad(phones, ((reach, reach), (0, 0)), mode="edge")
    return sum(weight * padded[lag : lag + len(phones)] for lag, weight in enumerate(window / window.sum()))


def split(values: np.ndarray, kinds: Sequence[str]) -> dict[str, np.ndarray]:
    """Return acoustics and each kind of evidence of a row that holds all of them, in this order."""
    first = values.shape[1] - WIDTH * len(kinds)
    edges = [0, *(first + WIDTH * number for number in range(len(kinds) + 1))]
    return {name: values[:, start:end] for name, (start, end) in zip((ACOUSTICS, *kinds), pairwise(edges), strict=True)}
