"""Classes of the sounds of many languages, by their X-SAMPA symbols.

Models are trained on English phones, so a sound that English lacks has the classes of English phones with a similar articulation.
`|` separates phones between which a sound lies; it has the mean of their classes: [e] lies between the vowels of `bed` and `bead`.
Only tongue, lips, velum and voice matter, so the table is coarse.
"""

from collections.abc import Collection, Mapping

from artinv.phones.classes import classes_of

_HEIGHT = {"high": "i y 1 } M u I Y U", "mid": "e @\\ 8 7 o @ E 3 V O 3\\", "low": "{ & A Q"}
_DEPTH = {"front": "i y I Y e E { &", "central": "1 } @ @\\ 8 3 3\\ V", "back": "M u U 7 o O A Q"}
_ALSO = {"round": ("y", "}", "u", "Y", "U", "8", "o", "O", "&", "Q"), "lax": ("I", "Y", "U")}
_PLACES = {
    "labial": "p b m p\\ B", "labiodental": "f v F P v\\", "dental": "T D", "alveolar": "t d n s z l 4 K K\\",
    "postalveolar": "S Z s` z` t` d` n` s\\ z\\", "high front": "c J\\ J C j\\ j L s\\ z\\ H", "velar": "k g N w W q G\\ N\\",
    "glottal": "h h\\ ?\\ X\\",
}
_MANNERS = {
    "stop": "p b t d t` d` c J\\ k g q G\\ 4", "nasal": "m F n n` J N N\\", "lateral": "l L K K\\",
    "fricative": "p\\ B f v T D s z S Z s` z` s\\ z\\ h h\\ K K\\ X\\ ?\\", "rhotic": "r r\\ r\\`", "glide": "P v\\ j w W H C j\\",
}
_VOICELESS = "p t t` c k q p\\ f T s S s` s\\ C h K W X\\"


def _vowel(symbol: str) -> str:
    names = [next(name for name, those in table.items() if symbol in those.split()) for table in (_HEIGHT, _DEPTH)]
    return " ".join(["vowel", *names, "voiced", *(name for name, those in _ALSO.items() if symbol in those)])


def _consonant(symbol: str) -> str:
    manners, places = ([name for name, those in table.items() if symbol in those.split()] for table in (_MANNERS, _PLACES))
    also = ["voiced"] * (symbol not in _VOICELESS.split()) + ["round"] * (symbol in ("w", "W", "H"))
    return " ".join([*manners, *places, *also])


_VELAR_FRICATIVE = "stop velar | fricative glottal"  # fricatives alone would raise the jaw, because most of English are sibilants
_UVULAR = "stop velar voiced | vowel low back voiced | vowel low back voiced | vowel low back voiced"
"""Between a velar and the retracted tongue of a low back vowel; a fourth of a stop suffices to raise the tongue by two thirds."""

VOWELS = {symbol: _vowel(symbol) for those in _HEIGHT.values() for symbol in those.split()} | {
    "a": "vowel low front voiced | vowel low back voiced",
    "6": "vowel low front voiced | vowel low back voiced | vowel mid central voiced | vowel mid central voiced",
    "2": "vowel high front voiced round | vowel mid front voiced round",
    "9": "vowel mid front voiced | vowel mid front voiced round",
}
"""X-SAMPA vowel -> classes."""

CONSONANTS = {symbol: _consonant(symbol) for those in _MANNERS.values() for symbol in those.split()} | {
    "x": _VELAR_FRICATIVE, "x\\": _VELAR_FRICATIVE, "G": "stop velar voiced | fricative glottal",
    "X": _UVULAR.replace(" voiced", ""), "R": _UVULAR, "R\\": _UVULAR,
    "?": "fricative glottal",  # like /h/, it leaves the mouth to the next vowel
}
"""X-SAMPA consonant -> classes."""

STOPS = frozenset(_MANNERS["stop"].split())
FRICATIVES = frozenset(_MANNERS["fricative"].split()) - {"h"} | {"C", "j\\", "x", "x\\", "G", "X", "R"}
"""What affricates consist of; a stop with `h` is aspirated."""

_TOGETHER = {"tS": "CH", "dZ": "JH"} | {
    first + last: name for name, firsts, lasts in (
        ("AY", "a", "iIyYeE"), ("AW", "a", "uUoO"), ("OY", "Oo", "iIyYeE"), ("OW", "o@", "uUO"), ("EY", "eE", "iIyY"))
    for first in firsts for last in lasts
}
"""Diphthong or affricate in X-SAMPA -> English phone in ARPAbet."""

ENGLISH = VOWELS | CONSONANTS
"""Sounds of labels that may be English: `e`, `o` and `u` are those of its phonemic transcriptions."""

FOREIGN = ENGLISH | {
    "e": "vowel mid front voiced | vowel high front voiced", "o": "vowel mid back round voiced | vowel high back round lax voiced",
    "u": "vowel high back round lax voiced | glide round velar voiced",  # further back than in present English
}
"""Sounds of labels in another language."""

GERMAN = FOREIGN | {"r": CONSONANTS["R"], "Q": CONSONANTS["?"]}
"""Sounds of labels in German, whose transcriptions often write `r` for a uvular sound and `Q` for the glottal stop."""

_ONLY_ENGLISH = frozenset(["T", "D", "w", "W", "V", "{", "3", "r\\"])
_NOT_ENGLISH = frozenset(["y", "Y", "2", "9", "6", "C", "x", "X", "R"])
_NOT_GERMAN = frozenset(["1", "4", "J", "L", "s\\", "z\\"])


def table_of(symbols: Collection[str]) -> Mapping[str, str]:
    r"""Return the table for the language of labels: another than English if they have its sounds and none that English alone has.

    It is German if they also have `6` and no sound that German lacks.

    >>> table_of(["r", "e", "6"]) is GERMAN, table_of(["r\\", "e", "6"]) is ENGLISH
    (True, True)
    """
    if not _NOT_ENGLISH.intersection(symbols) or _ONLY_ENGLISH.intersection(symbols):
        return ENGLISH
    return GERMAN if "6" in symbols and not _NOT_GERMAN.intersection(symbols) else FOREIGN


def in_english(first: str, last: str) -> str | None:
    """Return the classes of a diphthong or affricate that English has, None for another.

    >>> in_english("a", "U") == classes_of("AW"), in_english("t", "S") == classes_of("CH"), in_english("I", "@")
    (True, True, None)
    """
    return classes_of(_TOGETHER.get(first + last, ""))


def nasalized(vowel: str) -> str:
    """Return the classes of a vowel with a low velum; `nasal` counts half, because English knows it with a closed mouth only."""
    return " | ".join(half for part in vowel.split(" | ") for half in (part, f"{part} nasal"))
