"""Detect where speech begins and ends, from labels or from sound."""

from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from artinv.core.masks import runs
from artinv.core.records import Label

SILENT = frozenset({
    "", "#", "h#", "##", "_", "-", "sil", "<sil>", "ssil", "silence", "sp", "<sp>", "spn", "pau", "pause", "<p:>", "<p>", "br",
    "breath", "<breath>", "noise", "lnoise", "ns", "nsn", "<unk>",
})
"""Labels of segments without speech, in lower case."""

WINDOW, BANDS = 400, 24
"""Window length in samples at 16 kHz and number of mel bands for the detection of endpoints and of the lag of the motion."""

DEPTH_DB = 40.0
"""Values further below a band's loud values count as silence."""

LEAST_DB = 6.0
"""Least level of loud speech above the background; in other sounds no endpoints are detected."""

HIGH, LOW = 0.25, 0.1
"""Thresholds as fractions of the level of loud speech above the background."""

RIPPLE_DB = 1.0
"""Upper limit of the level variation of stationary noise, averaged over the bands and smoothed."""

SMOOTH = 7
"""Length of the median filter in frames; it removes segments shorter than half of it."""

PAUSE, LEAST = 0.25, 0.1
"""s: segments that are closer than PAUSE form one phrase; a phrase shorter than LEAST is a click."""


def is_silent(text: str) -> bool:
    """Return whether a label names a segment without speech."""
    return text.strip().lower() in SILENT


def from_labels(labels: Iterable[Label]) -> tuple[float, float] | None:
    """Return the start of the first and the end of the last speech label, s; None if there is no speech label."""
    spoken = [label for label in labels if not is_silent(label.text) and label.end > label.start]
    return (min(label.start for label in spoken), max(label.end for label in spoken)) if spoken else None


def from_sound(decibels: np.ndarray, rate: float) -> tuple[float, float] | None:
    """Return start and end of speech, s, from (frames, bands) log mel at `rate` Hz; None if no speech is detected."""
    spoken = phrases(decibels, rate)
    return (spoken[0][0], spoken[-1][1]) if spoken else None


def phrases(decibels: np.ndarray, rate: float) -> list[tuple[float, float]]:
    """Return start and end, s, of each phrase, that is, of speech between pauses longer than PAUSE; [] if no speech is detected.

    The level above the background is computed in each band, so that hum and coloured noise have no effect, then averaged over
    the bands. Two thresholds adapt to the loudness of the speech: segments above the high threshold are speech, together with
    adjacent frames above the low one. A short isolated segment is a click.
    """
    recorded = decibels.max(axis=1) > decibels.min()  # the other frames are digital zeros
    if not recorded.any():
        return []
    background, loud = np.percentile(decibels[recorded], [10, 95], axis=0)
    levels = np.maximum(decibels - np.maximum(background, loud - DEPTH_DB), 0)
    around = np.pad(levels.mean(axis=1), SMOOTH // 2, mode="edge")
    level = np.median(sliding_window_view(around, SMOOTH), axis=1)
    quiet, top = np.percentile(level[recorded], [10, 90])
    level, top = level - quiet, top - quiet
    if top < LEAST_DB:
        return []
    candidates = runs(level > max(LOW * top, RIPPLE_DB))
    segments = np.array([run for run in candidates if level[slice(*run)].max() > HIGH * top], int).reshape(-1, 2)
    pauses = np.flatnonzero(segments[1:, 0] - segments[:-1, 1] > PAUSE * rate) + 1
    spoken = [(group[0, 0], group[-1, 1]) for group in np.split(segments, pauses)]
    return [(float(begin / rate), float(end / rate)) for begin, end in spoken if end - begin >= LEAST * rate]


def overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the fraction of the first time span that lies within the second.

    >>> overlap((0.0, 1.0), (0.75, 3.0))
    0.25
    """
    return max(0.0, min(first[1], second[1]) - max(first[0], second[0])) / (first[1] - first[0])
