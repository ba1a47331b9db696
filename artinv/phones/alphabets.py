"""Classes of labels in ARPAbet, X-SAMPA, the alphabet of MOCHA or IPA; the labels of a recording determine which one it uses.

Sounds that English lacks have the classes of what the mouth does: the first sound of German `ich` is a fricative with a high front
tongue. Only tongue, lips, velum and voice matter, so the tables are coarse.
"""

import re
from collections.abc import Sequence

import numpy as np

from artinv.phones.classes import SILENCE, classes_of, rows_of
from artinv.phones.corpora import phone_of
from artinv.runtime.errors import BadData, one_line
from artinv.signal.endpoints import is_silent

_HEIGHT = {"high": "i y 1 } M u I Y U", "mid": "e 2 @\\ 8 7 o @ E 9 3 V O 3\\", "low": "{ 6 a & A Q"}
_DEPTH = {"front": "i y I Y e 2 E 9 { &", "central": "1 } @ @\\ 8 3 3\\ 6 a V", "back": "M u U 7 o O A Q"}
_ALSO = {"round": ("y", "}", "u", "Y", "U", "2", "8", "o", "9", "O", "&", "Q"), "lax": ("I", "Y", "U")}
_VOWELS = {
    vowel: " ".join(["vowel", height, depth, "voiced", *(name for name, those in _ALSO.items() if vowel in those)])
    for height, high in _HEIGHT.items() for depth, deep in _DEPTH.items() for vowel in set(high.split()) & set(deep.split())
}
_PLACES = {
    "labial": "p b m p\\ B", "labiodental": "f v F P v\\", "dental": "T D", "alveolar": "t d n s z l 4 K K\\",
    "postalveolar": "S Z s` z` t` d` n` s\\ z\\", "high front": "c J\\ J C j\\ j L s\\ z\\ H x\\",
    "velar": "k g N x G w W q G\\ N\\ X R R\\", "glottal": "? h h\\ ?\\ X\\",
}
_MANNERS = {
    "stop": "p b t d t` d` c J\\ k g q G\\ ? 4", "nasal": "m F n n` J N N\\", "lateral": "l L K K\\",
    "fricative": "p\\ B f v T D s z S Z s` z` s\\ z\\ C j\\ x G X R h h\\ x\\ K K\\ X\\ ?\\", "rhotic": "r r\\ r\\` R\\",
    "glide": "P v\\ j w W H",
}
_VOICELESS = "p t t` c k q ? p\\ f T s S s` s\\ C x X h x\\ K W X\\"
_CONSONANTS = {
    sound: " ".join([manner, *(place for place, at in _PLACES.items() if sound in at.split()),
                     *([] if sound in _VOICELESS.split() else ["voiced"]), *(["round"] if sound in ("w", "W", "H") else [])])
    for manner, those in _MANNERS.items() for sound in those.split()
}
_SAMPA = _VOWELS | _CONSONANTS
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

_DIPHTHONGS = {"a": "AY", "O": "OY", "o": "OW", "e": "EY", "E": "EY", "@": "OW"}
_MARKS = re.compile(r"_[^_]*$|[:'\"%=~`]|[\u02b0-\u036f\u0361\u1d00-\u1dbf]")  # length, stress, diacritics


def rows(labels: Sequence[str], origin: str) -> np.ndarray:
    """Return (labels, classes) float32 of phone labels; `origin` names them in messages.

    >>> from artinv.phones.classes import CLASSES
    >>> [CLASSES[at] for at in rows(["IY1", "b"], "a.lab")[1].nonzero()[0]]
    ['labial', 'stop', 'voiced']
    """
    spoken = [label.strip() for label in labels]
    known = {label: _silent(label) for label in spoken}
    best: dict[str, str | None] = {}
    for alphabet in (classes_of, x_sampa, mocha, ipa):
        table = {label: known[label] or alphabet(label) for label in known}
        missing = [label for label in table if table[label] is None]
        if not missing:
            return rows_of([str(table[label]) for label in spoken])
        if not best or len(missing) < sum(value is None for value in best.values()):
            best = table
    culprit = next(label for label, value in best.items() if value is None)
    fault = f"'{one_line(culprit[:20])}' is no phone of ARPAbet, X-SAMPA, MOCHA or IPA, or the labels mix them"
    raise BadData(f"{origin}: {fault}; correct the label, or leave the labels out")


def _silent(label: str) -> str | None:
    """Return the classes of silence for a label that names no speech; `&` and `&:` are vowels of X-SAMPA."""
    return classes_of(SILENCE) if is_silent(label) or re.fullmatch(r"[<(\[].*|&[a-zA-Z].*", label) else None


def x_sampa(label: str) -> str | None:
    r"""Return the classes of a label in X-SAMPA, None for another label.

    >>> x_sampa("y:"), x_sampa("tS"), x_sampa("aU") == classes_of("AW"), x_sampa("ii")
    ('vowel high front voiced round', 'stop alveolar fricative postalveolar', True, None)
    """
    return _SAMPA.get(label) or _composed(_MARKS.sub("", label), re.compile(r"[\w{}&@?]\\?`?"))


def mocha(label: str) -> str | None:
    """Return the classes of a label in the alphabet of MOCHA, None for another label."""
    return classes_of("aw" if label == "ow" else phone_of("mocha", label))


def ipa(label: str) -> str | None:
    """Return the classes of a label in IPA, None for another label.

    >>> ipa("\u02c8\u0283") == x_sampa("S"), ipa("a\u026a") == classes_of("AY"), ipa("!")
    (True, True, None)
    """
    plain = _MARKS.sub("", label)
    return x_sampa("".join(_IPA.get(letter, letter) for letter in plain)) if plain else None


def _composed(label: str, sounds: "re.Pattern[str]") -> str | None:
    """Return the classes of one sound, of a diphthong by its first and last sound, or of an affricate by both sounds."""
    parts = sounds.findall(label)
    if "".join(parts) != label or not 1 <= len(parts) <= 2 or any(part not in _SAMPA for part in parts):
        return None
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return _SAMPA[first]
    if first in _VOWELS and last in _VOWELS and first != last:
        english = "AW" if first == "a" and last in "uUoO" else _DIPHTHONGS.get(first, "") if last in "iIuUYyeE" else ""
        return classes_of(english) or _SAMPA[first]
    if first in _MANNERS["stop"].split() and last in _MANNERS["fricative"].split() and last != "h":
        return " ".join(dict.fromkeys(f"{_SAMPA[first]} {_SAMPA[last]}".split()))
    return None
