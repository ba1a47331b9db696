"""Articulatory classes of English phones: place, manner, height, backness, rounding and voicing."""

from collections.abc import Sequence

import numpy as np

SILENCE = "SIL"

_CLASSES = {
    "AA": "vowel low back voiced", "AE": "vowel low front voiced", "AH": "vowel mid central voiced",
    "AO": "vowel mid back round voiced", "AW": "vowel low back round voiced", "AY": "vowel low front voiced",
    "B": "stop labial voiced", "CH": "stop fricative postalveolar", "D": "stop alveolar voiced", "DH": "fricative dental voiced",
    "EH": "vowel mid front voiced", "ER": "vowel mid central rhotic voiced", "EY": "vowel mid high front voiced",
    "F": "fricative labiodental", "G": "stop velar voiced", "HH": "fricative glottal", "IH": "vowel high front voiced",
    "IY": "vowel high front voiced", "JH": "stop fricative postalveolar voiced", "K": "stop velar", "L": "lateral alveolar voiced",
    "M": "nasal labial voiced", "N": "nasal alveolar voiced", "NG": "nasal velar voiced", "OW": "vowel mid back round voiced",
    "OY": "vowel mid back round voiced", "P": "stop labial", "R": "rhotic voiced", "S": "fricative alveolar",
    "SH": "fricative postalveolar", "T": "stop alveolar", "TH": "fricative dental", "UH": "vowel high back round voiced",
    "UW": "vowel high back round voiced", "V": "fricative labiodental voiced", "W": "glide round velar voiced",
    "Y": "glide high front voiced", "Z": "fricative alveolar voiced", "ZH": "fricative postalveolar voiced", SILENCE: "silence",
}

CLASSES = tuple(sorted({name for names in _CLASSES.values() for name in names.split()}))
"""Names of the classes, the columns of `membership`."""

PHONES = tuple(_CLASSES)
"""Names of the phones: ARPAbet in capitals, and silence."""


def membership(phones: Sequence[str]) -> np.ndarray:
    """Return (phones, classes) float32, 1 where a phone belongs to a class; other names count as silence.

    >>> [CLASSES[column] for column in membership(["M"])[0].nonzero()[0]]
    ['labial', 'nasal', 'voiced']
    """
    rows = [_CLASSES.get(phone, _CLASSES[SILENCE]).split() for phone in phones]
    return np.array([[name in row for name in CLASSES] for row in rows], np.float32)
