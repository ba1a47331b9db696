"""One set of phones over all corpora, and the contrasts that articulation cannot show.

Case means something in one corpus and nothing in another (mngu0's `s` and `S` are sip and ship), and one spelling means several
sounds (`uh` is strut in mocha, foot in ARPAbet): so each corpus has its own way to ARPAbet in small letters.
"""

import re

SILENCES = frozenset({"", "#", "sil", "sp", "spn", "sill", "pau", "breath"})
"""Labels, in small letters, that name no phone."""

PAUSE = "sil"
"""The neighbour of a phone that stands beside a silence or an end."""

_MOCHA = {
    "aa": "aa", "a": "ae", "uh": "ah", "oo": "ao", "au": "aw", "ai": "ay", "e": "eh", "@@": "er", "ei": "ey", "i": "ih", "ii": "iy",
    "iy": "iy", "ou": "ow", "oi": "oy", "u": "uh", "uu": "uw", "h": "hh", "@": "ax", "o": "oh", "eir": "ehr", "i@": "ihr",
    "ur": "uhr",
    **{name: name for name in (
        "b", "ch", "d", "dh", "f", "g", "jh", "k", "l", "m", "n", "ng", "p", "r", "s", "sh", "t", "th", "v", "w", "y", "z", "zh",
    )},
}
_MNGU0 = {
    "A": "aa", "{": "ae", "V": "ah", "O": "ao", "aU": "aw", "aI": "ay", "E": "eh", "3": "er", "@@": "er", "eI": "ey", "I": "ih",
    "i": "iy", "@U": "ow", "OI": "oy", "U": "uh", "u": "uw", "h": "hh", "tS": "ch", "dZ": "jh", "S": "sh", "Z": "zh", "T": "th",
    "D": "dh", "N": "ng", "j": "y", "@": "ax", "Q": "oh", "E@": "ehr", "I@": "ihr", "U@": "uhr", "lw": "l", "l=": "l", "m=": "m",
    "n=": "n",
    **{name: name for name in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z")},
}
_TABLES = {"mocha": _MOCHA, "mngu0": _MNGU0}
_ARPABET = {"usc", "hprc"}

_VOICING = ("p b", "t d", "k g", "f v", "th dh", "s z", "sh zh", "ch jh")
_NASALITY = ("m p", "m b", "n t", "n d", "ng k", "ng g")

VOICING = frozenset(frozenset(pair.split()) for pair in _VOICING)
"""Contrasts that the glottis makes; no coil sits there."""
NASALITY = frozenset(frozenset(pair.split()) for pair in _NASALITY)
"""Contrasts that the velum makes, with or without the glottis."""


def phone_of(corpus: str, label: str) -> str:
    """The phone that a corpus' label names, "" for silence; a label of no known set stays the corpus' own.

    >>> phone_of("hprc", "AO1"), phone_of("mngu0", "S"), phone_of("mocha", "breath"), phone_of("mocha", "ow")
    ('ao', 'sh', '', 'mocha:ow')
    """
    label = label.strip()
    if label.lower() in SILENCES:
        return ""
    if corpus in _ARPABET and (match := re.fullmatch(r"([A-Za-z]+)[0-2]?", label)):
        return match[1].lower()
    return _TABLES.get(corpus, {}).get(label) or f"{corpus}:{'_'.join(label.split())}"


def shown(a: str, b: str, *, velum: bool) -> bool:
    """Whether coils can tell the two phones apart; `velum`: there is a coil on the velum.

    >>> shown("s", "z", velum=True), shown("m", "b", velum=False), shown("m", "b", velum=True)
    (False, False, True)
    """
    pair = frozenset((a, b))
    return pair not in VOICING and (velum or pair not in NASALITY)
