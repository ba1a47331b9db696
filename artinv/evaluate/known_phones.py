"""Phones of real recordings whose times are known: labels of a corpus or of an EMU bundle, or words aligned with the sound."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from artinv.core.records import Label, Utterance
from artinv.corpora.facts.own import BUNDLE
from artinv.corpora.native import folder
from artinv.formats import emu
from artinv.phones import known, recognizer
from artinv.runtime.errors import BadData
from artinv.signal.resample import at_16_khz

LEVEL = "Segment"
"""Level of an EMU bundle that holds phones."""


def bundle_labels(root: Path) -> dict[str, tuple[Label, ...]]:
    """Return name -> phones of the EMU bundles in a folder; times count from the start of the whole sound."""
    paths = [path for path in folder.walk(root) if path.name.endswith(BUNDLE)]
    return {path.name.removesuffix(BUNDLE): emu.read(path).levels.get(LEVEL, ()) for path in paths}


def labels_of(cleaned: Utterance, whole: Utterance, bundles: Mapping[str, tuple[Label, ...]]) -> tuple[Label, ...]:
    """Return the phones of a cleaned recording in ARPAbet or X-SAMPA, empty if it has no usable labels."""
    if whole.corpus != "emu":
        return known.labels_of(cleaned)
    start = _start(cleaned.sound, at_16_khz(whole.sound, whole.sound_rate), round(cleaned.sound_rate / cleaned.coil_rate))
    labels = [Label(label.text, label.start - start, label.end - start) for label in bundles.get(whole.name, ())]
    return known.usable(labels, cleaned.id)


def words_of(cleaned: Utterance) -> tuple[Label, ...]:
    """Return the phones of a cleaned recording from its text; empty without a text, a recognizer, or with an unknown word."""
    return known.words_of(cleaned) if recognizer.available() else ()


def _start(part: np.ndarray, whole: np.ndarray, hop: int) -> float:
    """Return the time in s at which a part begins in the whole sound at 16 kHz; it begins at a multiple of `hop` samples."""
    for first in range(0, len(whole) - len(part) + 1, hop):
        if np.array_equal(part, whole[first:first + len(part)]):
            return first / 16000
    raise BadData("a cleaned recording is no part of its sound; report this")
