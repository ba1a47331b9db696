"""Articulatory classes of English phones: place, manner, height, backness, rounding, glide of a diphthong and voicing."""

from collections.abc import Sequence

import numpy as np

SILENCE = "SIL"

_CLASSES = {
    "AA": "vowel low back voiced", "AE": "vowel low front voiced", "AH": "vowel mid central voiced",
    "AO": "vowel mid back round voiced", "AW": "vowel low central backing voiced", "AY": "vowel low central fronting voiced",
    "B": "stop labial voiced", "CH": "stop fricative postalveolar", "D": "stop alveolar voiced", "DH": "fricative dental voiced",
    "EH": "vowel mid front voiced", "ER": "vowel mid central rhotic voiced", "EY": "vowel mid front fronting voiced",
    "F": "fricative labiodental", "G": "stop velar voiced", "HH": "fricative glottal", "IH": "vowel high front lax voiced",
    "IY": "vowel high front voiced", "JH": "stop fricative postalveolar voiced", "K": "stop velar", "L": "lateral alveolar voiced",
    "M": "nasal labial voiced", "N": "nasal alveolar voiced", "NG": "nasal velar voiced",
    "OW": "vowel mid back round backing voiced", "OY": "vowel mid back round fronting voiced", "P": "stop labial",
    "R": "rhotic voiced", "S": "fricative alveolar",
    "SH": "fricative postalveolar", "T": "stop alveolar", "TH": "fricative dental", "UH": "vowel high back round lax voiced",
    "UW": "vowel high back round voiced", "V": "fricative labiodental voiced", "W": "glide round velar voiced",
    "Y": "glide high front voiced", "Z": "fricative alveolar voiced", "ZH": "fricative postalveolar voiced", SILENCE: "silence",
}
_MORE = {
    "AX": _CLASSES["AH"], "OH": "vowel low back round voiced", "EHR": _CLASSES["EH"], "IHR": _CLASSES["IH"], "UHR": _CLASSES["UH"],
}
"""Names of `artinv.phones.corpora` that ARPAbet lacks."""

CLASSES = tuple(sorted({name for names in _CLASSES.values() for name in names.split()}))
"""Names of the classes, the columns of `membership`."""

PHONES = tuple(_CLASSES)
"""Names of the phones: ARPAbet in capitals, and silence."""


def classes_of(phone: str) -> str | None:
    """Return the classes of a phone, separated by blanks; None for another name than ARPAbet, with or without stress, and SIL."""
    name = phone.upper().rstrip("0123456789")
    return _CLASSES.get(name) or _MORE.get(name)


def membership(phones: Sequence[str]) -> np.ndarray:
    """Return (phones, classes) float32, 1 where a phone belongs to a class; other names count as silence.

    >>> [CLASSES[column] for column in membership(["M"])[0].nonzero()[0]]
    ['labial', 'nasal', 'voiced']
    """
    return rows_of([classes_of(phone) or _CLASSES[SILENCE] for phone in phones])


def rows_of(classes: Sequence[str]) -> np.ndarray:
    """Return (n, classes) float32, 1 for each class that stands in the text of a row; with `|` in it, the mean of its parts.

    >>> float(rows_of(["glide voiced | vowel voiced"])[0, CLASSES.index("vowel")])
    0.5
    """
    parts = [[part.split() for part in row.split("|")] for row in classes]
    return np.array(
        [[sum(name in part for part in each) / len(each) for name in CLASSES] for each in parts], np.float32,
    ).reshape(-1, len(CLASSES))
