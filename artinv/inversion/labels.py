"""Labels of a recording: read from the TextGrid or label file beside its sound, and written as a TextGrid.

A TextGrid of artinv has a tier `artinv` with the header entries of the trajectory. If its other tiers are edited, it belongs to the
user: it is kept, and its labels are read.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artinv.core.records import Label
from artinv.formats import labels as label_files
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.runtime.errors import BadData
from artinv.signal import endpoints
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.mfcc import SOUND_RATE, Spectrum

ENDINGS = (".TextGrid", ".textgrid", ".lab", ".LAB")
"""Endings of files with labels beside a sound; the first that is there is read."""

MAGIC = b'File type = "ooTextFile'
"""First bytes of a TextGrid."""

ORIGIN = "artinv"
"""Name of the tier with the header entries."""

_RATE = 100  # Hz, of the detection of speech
_PIECE = 30 * SOUND_RATE


@dataclass(frozen=True, slots=True)
class Labels:
    """The tiers of a label file."""

    path: Path | None
    tiers: tuple[Tier, ...]

    def with_tiers(self, tiers: Sequence[Tier]) -> "Labels":
        """Return the labels with more tiers; one whose name is taken gets the ending `_aligned`."""
        taken = {tier.name for tier in self.tiers}
        more = (replace(tier, name=f"{tier.name}_aligned") if tier.name in taken else tier for tier in tiers)
        return replace(self, tiers=(*self.tiers, *more))


NONE = Labels(None, ())
"""A recording without a label file."""


def find(sound: Path) -> Path | None:
    """Return the label file beside a sound: `a.TextGrid` or else `a.lab` for `a.wav`; None without one.

    A TextGrid that artinv wrote and nobody edited does not count.
    """
    paths = (sound.with_name(sound.stem + ending) for ending in ENDINGS)
    return next((path for path in paths if path.is_file() and not facts(path)), None)


def read(path: Path | None) -> Labels:
    """Read a label file; a file of rows is one tier, `phones`."""
    if path is None:
        return NONE
    if path.suffix.lower() == ".lab":
        return Labels(path, (Tier("phones", label_files.read(path)),))
    return Labels(path, tuple(tier for tier in textgrid.read(path).tiers if tier.name != ORIGIN))


def write(path: Path, beside: Labels, sound: np.ndarray, known: Mapping[str, str]) -> None:
    """Write the labels beside a sound (samples,) at 16 kHz, or a tier `speech`; the tier `artinv` has `known` as JSON."""
    tiers = beside.tiers or (speech(sound),)
    times = [time for tier in tiers for label in tier.labels for time in (label.start, label.end)]
    grid = TextGrid(min([0.0, *times]), max([len(sound) / SOUND_RATE, *times]), ())
    culprit = beside.path or path
    whole = tuple(tier if tier.points else replace(tier, labels=textgrid.filled(culprit, grid, tier)) for tier in tiers)
    origin = Label(json.dumps({**known, "labels": _digest(whole)}), grid.start, grid.end)
    textgrid.write(path, replace(grid, tiers=(*whole, Tier(ORIGIN, (origin,)))))


def facts(path: Path) -> dict[str, str]:
    """Return the header entries in a TextGrid that `write` wrote; empty for any other, and if its labels were edited."""
    try:
        tiers = textgrid.read(path).tiers
        known = dict(json.loads(next(tier.labels[0].text for tier in tiers if tier.name == ORIGIN)))
    except (BadData, ValueError, TypeError, IndexError, StopIteration, RecursionError):
        return {}
    is_whole = known.pop("labels", "") == _digest([tier for tier in tiers if tier.name != ORIGIN])
    return {key: value for key, value in known.items() if isinstance(value, str)} if is_whole else {}


def is_of_user(path: Path) -> bool:
    """Return whether a file is a TextGrid that the user made or edited."""
    if path.suffix != ENDINGS[0] or path.is_symlink() or not path.is_file():
        return False
    try:
        textgrid.read(path)
    except BadData:
        return False
    return not facts(path)


def speech(sound: np.ndarray) -> Tier:
    """Return a tier whose intervals say `speech` where it is detected in a sound (samples,) at 16 kHz."""
    spectrum = Spectrum(SOUND_RATE, SOUND_RATE // _RATE, WINDOW, BANDS)
    for first in range(0, len(sound), _PIECE):
        spectrum.add(sound[first:first + _PIECE])
    end = len(sound) / SOUND_RATE
    phrases = [(start, min(stop, end)) for start, stop in endpoints.phrases(spectrum.end(), _RATE)]
    return Tier("speech", tuple(Label("speech", start, stop) for start, stop in phrases if start < stop))


def _digest(tiers: Sequence[Tier]) -> str:
    """Return a hash of all labels with text."""
    rows = [
        [tier.name, tier.points, sorted([label.start, label.end, label.text] for label in tier.labels if label.text)]
        for tier in tiers
    ]
    return hashlib.sha256(json.dumps(rows).encode("ascii")).hexdigest()[:12]
