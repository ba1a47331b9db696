"""Mapping of the phone labels of all corpora to lower-case ARPAbet, and the contrasts that coils cannot show.

Each corpus has its own mapping. Case matters in some corpora (in mngu0, `s` and `S` are sip and ship) but not in others, and one
label can mean different sounds (`uh` is the vowel of strut in mocha, of foot in ARPAbet).
"""

import re

SILENCES = frozenset({"", "#", "sil", "sp", "spn", "sill", "pau", "breath"})
"""Labels, in lower case, that are not phones."""

PAUSE = "sil"
"""Neighbour of a phone next to silence, or at the start or end of an utterance."""

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
"""Contrasts made by the glottis, where there is no coil."""
NASALITY = frozenset(frozenset(pair.split()) for pair in _NASALITY)
"""Contrasts made by the velum, with or without the glottis."""


def phone_of(corpus: str, label: str) -> str:
    """Return the phone of a corpus' label, "" for silence; an unknown label gets the prefix `<corpus>:`.

    >>> phone_of("hprc", "AO1"), phone_of("mngu0", "S"), phone_of("mocha", "breath"), phone_of("mocha", "ow")
    ('ao', 'sh', '', 'mocha:ow')
    """
    label = label.strip()
    if label.lower() in SILENCES:
        return ""
    if corpus in _ARPABET and (match := re.fullmatch(r"([A-Za-z]+)[0-2]?", label)):
        return match[1].lower()
    return _TABLES.get(corpus, {}).get(label) or f"{corpus}:{'_'.join(label.split())}"


def has_table(corpus: str) -> bool:
    """Return whether the labels of a corpus are mapped; those of other corpora are in an alphabet of `artinv.phones.alphabets`.

    >>> has_table("mocha"), has_table("own")
    (True, False)
    """
    return corpus in _TABLES or corpus in _ARPABET


def coils_can_show(a: str, b: str, *, velum: bool) -> bool:
    """Return whether coils can distinguish the two phones; `velum`: whether there is a coil on the velum.

    >>> coils_can_show("s", "z", velum=True), coils_can_show("m", "b", velum=False), coils_can_show("m", "b", velum=True)
    (False, False, True)
    """
    pair = frozenset((a, b))
    return pair not in VOICING and (velum or pair not in NASALITY)
