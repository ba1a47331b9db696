"""Evidence of phones as network input: the articulatory classes of each frame, from labels or from posteriors."""

from collections.abc import Sequence

import numpy as np

from artinv.core.records import Label
from artinv.phones.classes import CLASSES, SILENCE, membership
from artinv.phones.recognizer import RATE
from artinv.signal.endpoints import is_silent

WIDTH = len(CLASSES)
"""Values a frame."""

GAIN = 2.0
"""Factor that brings probabilities near to the range of normalized acoustics."""


def from_posteriors(values: np.ndarray, names: Sequence[str], frames: int, rate: float) -> np.ndarray:
    """Return (frames, classes) float32 at `rate` Hz from (n, phones) probabilities at 100 Hz, lightly smoothed."""
    classes = values @ membership(names)
    padded = np.pad(classes, ((1, 1), (0, 0)), mode="edge")
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    places = np.minimum(np.rint(np.arange(frames) * RATE / rate).astype(int), len(smooth) - 1)
    return (GAIN * smooth[places]).astype(np.float32)


def from_labels(labels: Sequence[Label], frames: int, rate: float) -> np.ndarray:
    """Return (frames, classes) float32 at `rate` Hz from timed phones in ARPAbet; the share of each frame that a phone covers."""
    edges = (np.arange(frames + 1) - 0.5) / rate
    out = np.zeros((frames, WIDTH))
    for label in labels:
        name = SILENCE if is_silent(label.text) else label.text.upper().rstrip("0123456789")
        share = np.clip(np.minimum(edges[1:], label.end) - np.maximum(edges[:-1], label.start), 0, None) * rate
        out += share[:, None] * membership([name])
    return (GAIN * out).astype(np.float32)
