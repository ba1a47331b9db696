"""Evidence of the phones of one utterance of a corpus, from its labels, its text or its sound."""

from collections.abc import Sequence

import numpy as np

from artinv.core.records import Label, Utterance
from artinv.phones import alphabets, evidence, recognizer
from artinv.phones.alignment import align
from artinv.phones.classes import SILENCE, classes_of
from artinv.phones.corpora import has_table, phone_of
from artinv.phones.pronunciation import pronounce
from artinv.phones.recognition import recognized
from artinv.runtime.errors import BadData


def evidence_of(utterance: Utterance, source: str, frames: int) -> np.ndarray | None:
    """Return evidence (frames, classes) at the rate of the coils from a source in `artinv.phones.inputs`; None: nothing is known.

    The sound is at 16 kHz. The result depends on this utterance alone.
    """
    if source == "recognized":
        return recognized(utterance.sound, frames, utterance.coil_rate)
    labels = labels_of(utterance) if source == "labels" else words_of(utterance)
    return evidence.from_labels(labels, frames, utterance.coil_rate, utterance.id) if labels else None


def labels_of(utterance: Utterance) -> tuple[Label, ...]:
    """Return the labelled phones in ARPAbet, those of a corpus without a table in their alphabet; empty without usable labels.

    Labels that the table of the corpus lacks are left out: nothing is known there.
    """
    labels = []
    for label in utterance.phones:
        phone = phone_of(utterance.corpus, label.text) or SILENCE
        if classes_of(phone) or not has_table(utterance.corpus):
            labels.append(Label(phone if classes_of(phone) else label.text, label.start, label.end))
    return usable(labels, utterance.id)


def usable(labels: Sequence[Label], origin: str) -> tuple[Label, ...]:
    """Return the labels, or none if a text is no phone of any alphabet."""
    try:
        alphabets.classes([label.text for label in labels], origin)
    except BadData:
        return ()
    return tuple(labels)


def words_of(utterance: Utterance) -> tuple[Label, ...]:
    """Return the phones of the text, aligned with the sound; empty without a text, or if a word of it is not in the dictionary."""
    if not utterance.text:
        return ()
    try:
        words = pronounce(utterance.text, utterance.id)
        _, scores = recognizer.state_scores(utterance.sound, context=True)
        assert scores is not None
        return align(scores, recognizer.senones().phones, words, utterance.id).phones
    except BadData:
        return ()
