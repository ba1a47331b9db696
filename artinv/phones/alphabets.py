"""Classes of labels in ARPAbet, X-SAMPA, the alphabet of MOCHA or IPA; the labels of a recording determine which one it uses."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from artinv.core.records import Label
from artinv.phones import sounds
from artinv.phones.classes import SILENCE, classes_of, rows_of
from artinv.phones.corpora import phone_of
from artinv.runtime.errors import BadData, one_line
from artinv.signal.endpoints import is_silent

_LETTERS = (  # escaped, because they resemble Latin ones
    "\u0251=A \u0250=6 \u0252=Q \u00e6={ \u028c=V \u0254=O \u0259=@ \u0258=@\\ \u0275=8 \u0264=7 \u025b=E \u0153=9 \u00f8=2 "
    "\u0276=& \u025c=3 \u025d=3 \u025a=@ \u026a=I \u028f=Y \u0268=1 \u0289=} \u026f=M \u028a=U \u0294=? \u0261=g \u014b=N "
    "\u0272=J \u0271=F \u0273=n` \u0274=N\\ \u0278=p\\ \u03b2=B \u03b8=T \u00f0=D \u0283=S \u0292=Z \u0282=s` \u0290=z` "
    "\u0255=s\\ \u0291=z\\ \u00e7=C \u029d=j\\ \u0263=G \u03c7=X \u0281=R \u0127=X\\ \u0295=?\\ \u0266=h\\ \u0279=r\\ "
    "\u027b=r\\` \u027e=4 \u0280=R\\ \u028e=L \u026c=K \u026e=K\\ \u0265=H \u028d=W \u028b=P \u0288=t` \u0256=d` \u025f=J\\ "
    "\u0262=G\\ \u0267=x\\"
)
_IPA = dict(pair.split("=") for pair in _LETTERS.split())
"""X-SAMPA symbol of each IPA letter that X-SAMPA writes differently."""

_MARKS = re.compile(r"_[^_]*$|[:'\"%=~`]|[\u02b0-\u036f\u0361\u1d00-\u1dbf]")  # length, stress, diacritics
_NASAL = re.compile("~|\u0303")
_SYMBOL = re.compile(r"[\w{}&@?]\\?`?")

Table = Mapping[str, str | None]
"""Label -> classes of its sound, or of its sounds in turn with `>` between; None: the alphabet lacks it."""


def one_sound_each(labels: Sequence[Label], origin: str) -> tuple[tuple[Label, ...], np.ndarray]:
    """Return labels of one sound each, and their classes (labels, classes) float32; `origin` names the labels in messages.

    A label of two sounds, such as an affricate that English lacks, is divided in the middle.

    >>> parts, rows = one_sound_each([Label("pf", 0.0, 0.2), Label("6", 0.2, 0.3)], "a.lab")
    >>> [(part.start, part.end) for part in parts], rows.shape
    ([(0.0, 0.1), (0.1, 0.2), (0.2, 0.3)], (3, 26))
    """
    parts: list[Label] = []
    names: list[str] = []
    for label, text in zip(labels, classes([label.text for label in labels], origin), strict=True):
        each = text.split(">")
        middle = [(label.start + label.end) / 2] * (len(each) - 1)
        parts += [Label(label.text, start, end) for start, end in pairwise([label.start, *middle, label.end])]
        names += each
    return tuple(parts), rows_of(names)


def classes(labels: Sequence[str], origin: str) -> list[str]:
    """Return the classes of each label: `>` separates sounds in turn, `|` phones between which a sound lies.

    >>> classes(["IY1", "b"], "a.lab")[1]
    'stop labial voiced'
    """
    spoken = [label.strip() for label in labels]
    silent = {label: _silent(label) for label in spoken}
    best: Table = {}
    for alphabet in (_arpabet, x_sampa, mocha, ipa):
        table: Table = {**silent, **alphabet([label for label in silent if not silent[label]])}
        missing = [label for label in table if table[label] is None]
        if not missing:
            return [str(table[label]) for label in spoken]
        if not best or len(missing) < sum(value is None for value in best.values()):
            best = table
    culprit = next(label for label, value in best.items() if value is None)
    fault = f"'{one_line(culprit[:20])}' is no phone of ARPAbet, X-SAMPA, MOCHA or IPA, or the labels mix them"
    raise BadData(f"{origin}: {fault}; correct the label, or leave the labels out")


def _silent(label: str) -> str | None:
    """Return the classes of silence for a label that names no speech; `&` and `&:` are vowels of X-SAMPA."""
    return classes_of(SILENCE) if is_silent(label) or re.fullmatch(r"[<(\[].*|&[a-zA-Z].*", label) else None


def _arpabet(labels: Sequence[str]) -> Table:
    return {label: classes_of(label) for label in labels}


def x_sampa(labels: Sequence[str]) -> Table:
    r"""Return the classes of labels in X-SAMPA.

    >>> list(x_sampa(["y:", "ts", "aU", "ii"]).values())
    ['vowel high front voiced round', 'stop alveolar>fricative alveolar', 'vowel low central backing voiced', None]
    """
    return _of_symbols({label: (_symbols(label), bool(_NASAL.search(label))) for label in labels})


def mocha(labels: Sequence[str]) -> Table:
    """Return the classes of labels in the alphabet of MOCHA."""
    return {label: classes_of("aw" if label == "ow" else phone_of("mocha", label)) for label in labels}


def ipa(labels: Sequence[str]) -> Table:
    """Return the classes of labels in IPA.

    >>> list(ipa(["\u02c8\u0283", "a\u026a", "!"]).values()) == list(x_sampa(["S", "aI", "!"]).values())
    True
    """
    split = {label: "".join(map(_split, unicodedata.normalize("NFC", label))) for label in labels}
    plain = {label: "".join(_IPA.get(letter, letter) for letter in _MARKS.sub("", text)) for label, text in split.items()}
    return _of_symbols({label: (_symbols(text), bool(_NASAL.search(split[label]))) for label, text in plain.items()})


def _split(letter: str) -> str:
    """Return a letter, divided into a plain letter and its marks unless IPA has it as a whole."""
    return letter if letter in _IPA else unicodedata.normalize("NFD", letter)


def _symbols(label: str) -> tuple[str, ...]:
    """Return the X-SAMPA symbols of a label without marks; empty if it is no sound, diphthong or affricate."""
    if label in sounds.ENGLISH:
        return (label,)
    plain = _MARKS.sub("", label)
    parts = tuple(_SYMBOL.findall(plain))
    if "".join(parts) != plain or not 1 <= len(parts) <= 2 or any(part not in sounds.ENGLISH for part in parts):
        return ()
    first, last = parts[0], parts[-1]
    is_diphthong = first in sounds.VOWELS and last in sounds.VOWELS and first != last
    is_affricate = first in sounds.STOPS and last in sounds.FRICATIVES
    return parts if len(parts) == 1 or is_diphthong or is_affricate else ()


def _of_symbols(labels: Mapping[str, tuple[tuple[str, ...], bool]]) -> Table:
    """Return the classes of labels from their X-SAMPA symbols and whether they are nasalized."""
    table = sounds.table_of({symbol for symbols, _ in labels.values() for symbol in symbols})
    out: dict[str, str | None] = {}
    for label, (symbols, nasal) in labels.items():
        each = [sounds.nasalized(table[symbol]) if nasal and symbol in sounds.VOWELS else table[symbol] for symbol in symbols]
        out[label] = (len(symbols) == 2 and sounds.in_english(*symbols)) or ">".join(each) or None
    return out
