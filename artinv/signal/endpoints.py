"""Where speech begins and ends: by the labels, or by the sound where there are none."""

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from artinv.core.records import Label
from artinv.signal.gaps import runs

SILENT = frozenset({
    "", "#", "h#", "##", "_", "-", "sil", "<sil>", "ssil", "silence", "sp", "<sp>", "spn", "pau", "pause", "<p:>", "<p>", "br",
    "breath", "<breath>", "noise", "lnoise", "ns", "nsn", "<unk>",
})
"""Labels, in lower case, of what is no speech."""

WINDOW, BANDS = 400, 24
"""Samples at 16 kHz under a frame, and mel bands, in which the ends of speech and the lag of the motion are looked for."""

DEPTH_DB = 40.0
"""What lies further below a band's loud values is as good as silence."""

LEAST_DB = 6.0
"""Sound that stands out of its background by less shows no ends."""

HIGH, LOW = 0.25, 0.1
"""Thresholds as shares of what loud speech stands out by."""

RIPPLE_DB = 1.0
"""Steady noise stays below this, averaged over the bands and smoothed."""

SMOOTH = 7
"""Frames of the median that removes what is shorter than half of it."""

PAUSE, LEAST = 0.25, 0.1
"""s: parts that are less apart belong together, and together are speech if they are longer than a click."""


def is_silent(text: str) -> bool:
    """Whether a label names no speech."""
    return text.strip().lower() in SILENT


def from_labels(labels: Iterable[Label]) -> tuple[float, float] | None:
    """Start of the first and end of the last label of speech, s; None where there is none."""
    spoken = [label for label in labels if not is_silent(label.text) and label.end > label.start]
    return (min(label.start for label in spoken), max(label.end for label in spoken)) if spoken else None


def from_sound(decibels: np.ndarray, rate: float) -> tuple[float, float] | None:
    """Start and end of speech, s, from (frames, bands) log mel at `rate` Hz; None where it does not stand out of the background."""
    spoken = phrases(decibels, rate)
    return (spoken[0][0], spoken[-1][1]) if spoken else None


def phrases(decibels: np.ndarray, rate: float) -> list[tuple[float, float]]:
    """Start and end, s, of all that is said between pauses of more than PAUSE; nothing where no speech stands out.

    Each band is measured from its own background, so that hum and coloured noise count for nothing, and the bands are averaged.
    Two thresholds that follow the speech: parts above the high one are speech, with all that joins them above the low one. A part
    that is short and stands alone is a click.
    """
    recorded = decibels.max(axis=1) > decibels.min()  # the rest are digital zeros
    if not recorded.any():
        return []
    background, loud = np.percentile(decibels[recorded], [10, 95], axis=0)
    levels = np.maximum(decibels - np.maximum(background, loud - DEPTH_DB), 0)
    outstanding = ndimage.median_filter(levels.mean(axis=1), SMOOTH, mode="nearest")
    quiet, top = np.percentile(outstanding[recorded], [10, 90])
    outstanding, top = outstanding - quiet, top - quiet
    if top < LEAST_DB:
        return []
    parts = runs(ndimage.binary_propagation(outstanding > HIGH * top, mask=outstanding > max(LOW * top, RIPPLE_DB)))
    pauses = np.flatnonzero(parts[1:, 0] - parts[:-1, 1] > PAUSE * rate) + 1
    spoken = [(group[0, 0], group[-1, 1]) for group in np.split(parts, pauses)]
    return [(float(begin / rate), float(end / rate)) for begin, end in spoken if end - begin >= LEAST * rate]


def overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Share of the first span that lies within the second.

    >>> overlap((0.0, 1.0), (0.75, 3.0))
    0.25
    """
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0])) / (one[1] - one[0])
