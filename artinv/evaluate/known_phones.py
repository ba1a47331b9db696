"""Phones of real recordings whose times are known: labels of a corpus or of an EMU bundle, or words aligned with the sound."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from artinv.core.records import Label, Utterance
from artinv.corpora.facts.own import BUNDLE
from artinv.corpora.native import folder
from artinv.formats import emu
from artinv.phones import alphabets, recognizer
from artinv.phones.alignment import align
from artinv.phones.classes import SILENCE, classes_of
from artinv.phones.corpora import phone_of
from artinv.phones.pronunciation import pronounce
from artinv.runtime.errors import BadData
from artinv.signal.resample import at_16_khz

LEVEL = "Segment"
"""Level of an EMU bundle that holds phones."""


def bundle_labels(root: Path) -> dict[str, tuple[Label, ...]]:
    """Return name -> phones of the EMU bundles in a folder; times count from the start of the whole sound."""
    paths = [path for path in folder.walk(root) if path.name.endswith(BUNDLE)]
    return {path.name.removesuffix(BUNDLE): emu.read(path).levels.get(LEVEL, ()) for path in paths}


def labels_of(cleaned: Utterance, whole: Utterance, bundles: Mapping[str, tuple[Label, ...]]) -> tuple[Label, ...]:
    """Return the phones of a cleaned recording in ARPAbet or X-SAMPA, empty if it has no usable labels.

    Labels that the alphabet of the corpus lacks are left out: nothing is known there.
    """
    if whole.corpus == "emu":
        start = _start(cleaned.sound, at_16_khz(whole.sound, whole.sound_rate), round(cleaned.sound_rate / cleaned.coil_rate))
        labels = [Label(label.text, label.start - start, label.end - start) for label in bundles.get(whole.name, ())]
    else:
        labels = list(_in_arpabet(cleaned))
    try:
        alphabets.classes([label.text for label in labels], cleaned.id)
    except BadData:
        return ()
    return tuple(labels)


def words_of(cleaned: Utterance) -> tuple[Label, ...]:
    """Return the phones of a cleaned recording from its text; empty without a text, a recognizer, or with an unknown word."""
    if not cleaned.text or not recognizer.available():
        return ()
    try:
        words = pronounce(cleaned.text, cleaned.id)
        _, scores = recognizer.state_scores(cleaned.sound, context=True)
        assert scores is not None
        return align(scores, recognizer.senones().phones, words, cleaned.id).phones
    except BadData:
        return ()


def _in_arpabet(utterance: Utterance) -> Iterable[Label]:
    for label in utterance.phones:
        phone = phone_of(utterance.corpus, label.text) or SILENCE
        if classes_of(phone) or utterance.corpus == "own":
            yield Label(phone if classes_of(phone) else label.text, label.start, label.end)


def _start(part: np.ndarray, whole: np.ndarray, hop: int) -> float:
    """Return the time in s at which a part begins in the whole sound at 16 kHz; it begins at a multiple of `hop` samples."""
    for first in range(0, len(whole) - len(part) + 1, hop):
        if np.array_equal(part, whole[first:first + len(part)]):
            return first / 16000
    raise BadData("a cleaned recording is no part of its sound; report this")
