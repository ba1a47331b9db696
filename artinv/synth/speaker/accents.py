"""Running speech: how a speaker of British or American English says the phones of careful speech.

Rates are shares of the places where a habit is possible. They are plausible for reading aloud, not fitted to a corpus, and differ
between speakers.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from artinv.core.random_draws import Dice
from artinv.synth.speaker.allophones import BREATH, DARK_L, FLAP, FRONT_U, GLOTTAL, LOT, NURSE, SCHWA, SOUNDS
from artinv.synth.speaker.lexicon import Sentence, Word
from artinv.synth.speaker.phones import PHONES, SYLLABIC, steady

SILENCE = "sil"
PAUSE_SECONDS = (0.08, 0.22)
"""Range of a pause without breath."""

_BREATH_SECONDS = (0.2, 0.45)
_STILL = 0.06  # s of silence before and after a breath
_BREATH_EFFORT = 0.2  # breath is inhaled, but sounds alike
_SPREAD = 0.7  # standard deviation of the log odds of a habit between speakers
_HELD = 0.06  # s, nominally, for which an unreleased closure outlasts the breath
_LONGER = 1.3  # factor on a vowel that takes the place of a lost r
_CORONAL = frozenset(["t", "d", "n", "s", "z", "l", "y", "sh", "zh", "ch", "jh"])
_CENTRING = ("iy", "ih", "eh", "uh", "uw")
"""Vowels that glide to schwa in the place of a lost r."""

_PALM = ("father",)
_CLOTH = ("dog", "song", "lost", "across")
"""Words whose `aa` is not that of lot in Britain, and whose `ao` is; in pseudo-words every `aa` is that of lot."""


@dataclass(frozen=True, slots=True)
class Part:
    """A steady sound of a phone."""

    sound: str  # key of SOUNDS
    seconds: float  # at rate 1
    effort: float = 1.0  # share of the lung pressure of speech


@dataclass(frozen=True, slots=True)
class Said:
    """A phone as it is said; its label covers all its parts."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word as it is said, and the pause after it; empty: none."""

    phones: tuple[Said, ...]
    pause: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Accent:
    """How often a speaker does what; as constructed without arguments, speech is careful."""

    rhotic: bool = True  # r after a vowel is said; er has the colour of r
    round_lot: bool = False  # the vowel of lot is round, and that of goat begins in the middle
    flapped: float = 0.0  # t, d after a vowel or r, before an unstressed vowel or at the end of a word before any
    glottal: float = 0.0  # t before a consonant or a pause
    unreleased: float = 0.0  # stops before a pause
    reduced: float = 0.0  # unstressed vowels that become schwa
    dark: float = 0.0  # l after a vowel
    fronted: float = 0.0  # uw after coronal sounds and y
    onset: float = 0.0  # a glottal stop before a vowel that begins a word, after a pause; elsewhere half as often
    breath: float = 0.0  # a pause with breath after a word


AMERICAN = Accent(
    flapped=0.9, glottal=0.2, unreleased=0.5, reduced=0.8, dark=0.95, fronted=0.6, onset=0.25, breath=0.03,
)
BRITISH = Accent(
    rhotic=False, round_lot=True, flapped=0.1, glottal=0.35, unreleased=0.4, reduced=0.8, dark=0.95, fronted=0.6, onset=0.2,
    breath=0.03,
)
ACCENTS = {"british": BRITISH, "american": AMERICAN}


def accent_of(name: str, *key: object) -> Accent:
    """Return the accent `name` of one speaker: the rates differ between the speakers, whose random key is `key`."""
    base, dice = ACCENTS[name], Dice(*key, "accent")
    habits: dict[str, Any] = {
        habit: rate if isinstance(rate, bool) else _shifted(rate, _SPREAD * dice.normal()) for habit, rate in asdict(base).items()
    }
    return Accent(**habits)


def _shifted(rate: float, shift: float) -> float:
    """Return a rate above 0 whose log odds are shifted."""
    return 1 / (1 + (1 - rate) / rate * float(np.exp(-shift)))


def careful(sentence: Sentence) -> tuple[SaidWord, ...]:
    """Return the words in careful speech, without pauses."""
    return tuple(SaidWord(tuple(_plain(phone) for phone in word.phones)) for word in sentence.words)


def running(sentence: Sentence, accent: Accent, pauses: float, rng: np.random.Generator) -> tuple[SaidWord, ...]:
    """Return the words in running speech; `pauses` is the probability of a pause without breath after a word."""
    words, gaps = sentence.words, [_pause(accent, pauses, rng) for _ in sentence.words[1:]]
    hard = [_begins_hard(word, pause, accent, rng) for word, pause in zip(words, [True, *map(bool, gaps)], strict=True)]
    result = []
    for number, word in enumerate(words):
        ends = number == len(words) - 1 or bool(gaps[number])
        before = words[number - 1].phones[-1] if number and not gaps[number - 1] else ""
        after = "" if ends else GLOTTAL if hard[number + 1] else words[number + 1].phones[0]
        phones = _word(word, before, after, accent, rng)
        if hard[number]:
            phones[0] = replace(phones[0], parts=(_glottal_stop(), *phones[0].parts))
        result.append(SaidWord(tuple(phones), gaps[number] if number < len(gaps) else ()))
    return tuple(result)


def _pause(accent: Accent, pauses: float, rng: np.random.Generator) -> tuple[Part, ...]:
    if rng.random() < pauses:
        return (Part(SILENCE, float(rng.uniform(*PAUSE_SECONDS)), 0.0),)
    if rng.random() < accent.breath:
        still = Part(SILENCE, _STILL, 0.0)
        return still, Part(BREATH, float(rng.uniform(*_BREATH_SECONDS)), _BREATH_EFFORT), still
    return ()


def _begins_hard(word: Word, paused: bool, accent: Accent, rng: np.random.Generator) -> bool:
    """Return whether a word begins with a vowel after a glottal stop."""
    return _vowel(word.phones[0]) and rng.random() < accent.onset * (1 if paused else 0.5)


def _word(word: Word, before: str, after: str, accent: Accent, rng: np.random.Generator) -> list[Said]:
    """Return the phones of a word; `before` and `after` are the phones around it, empty at a pause."""
    said: list[Said] = []
    phones = (before, *word.phones, after)
    for at in range(1, len(phones) - 1):
        here = _Place(word, phones[at], phones[at - 1], phones[at + 1], at == len(word.phones), accent, rng)
        if at > 1 and here.is_lost():
            said[-1] = _longer(said[-1])
        else:
            said += here.said()
    return said


@dataclass(frozen=True, slots=True)
class _Place:
    """A phone with its neighbours, empty at a pause."""

    word: Word
    phone: str
    before: str
    after: str
    last: bool  # in its word
    accent: Accent
    rng: np.random.Generator

    def said(self) -> Iterator[Said]:
        """Yield what is said for the phone."""
        name = _bare(self.phone)
        if name in SYLLABIC:
            yield self._syllable(name)
            if name == "er" and not self.accent.rhotic and _vowel(self.after):
                yield _plain("r")  # links to the next vowel
        elif name in PHONES and PHONES[name].kind == "stop":
            yield self._stop(name)
        elif name == "l" and self._ends_syllable() and self._chance(self.accent.dark):
            yield Said(self.phone, (_one(DARK_L),))
        else:
            yield _plain(self.phone)

    def is_lost(self) -> bool:
        """Return whether the phone is an r after a vowel that this accent does not say."""
        return self.phone == "r" and not self.accent.rhotic and self._ends_syllable()

    def _ends_syllable(self) -> bool:
        return _vowel(self.before) and not _vowel(self.after)

    def _unstressed(self) -> bool:
        short = self.word.function and sum(map(_vowel, self.word.phones)) == 1
        return short or self.phone.endswith("0")

    def _syllable(self, name: str) -> Said:
        accent, plain = self.accent, _plain(self.phone)
        if name == "er" and not accent.rhotic:
            return Said("ah0", (_one(SCHWA),)) if self._unstressed() else Said(self.phone, (_one(NURSE),))
        if accent.round_lot and self._is_lot(name):
            return Said(f"oh{self.phone[-1]}", (_one(LOT),))
        if name == "ow" and accent.round_lot:
            return replace(plain, parts=(replace(plain.parts[0], sound=NURSE), plain.parts[1]))
        reducible = name in ("ah", "ih", "uh", "eh") and self._unstressed() and (accent.rhotic or self.after != "r")
        if reducible and self._chance(accent.reduced):
            return Said(self.phone, (_one(SCHWA),))
        if name == "uw" and self.before in _CORONAL and self._chance(accent.fronted):
            return Said(self.phone, (_one(FRONT_U),))
        return plain

    def _is_lot(self, name: str) -> bool:
        if name == "ao":
            return self.word.text in _CLOTH
        return name == "aa" and self.after != "r" and self.word.text not in _PALM

    def _stop(self, name: str) -> Said:
        accent, plain = self.accent, _plain(self.phone)
        if name in ("t", "d") and _vowel(self.before, "r") and _vowel(self.after) and (self.last or not self.after.endswith("1")):
            return Said(self.phone, (_one(FLAP),)) if self._chance(accent.flapped) else plain
        ends_syllable = not _vowel(self.after) and (self.last or self.after not in ("r", "w", "y"))
        if name == "t" and ends_syllable and _vowel(self.before, "n", "l", "r") and self._chance(accent.glottal):
            return Said(self.phone, (_glottal_stop(),))
        if not self.after and self._chance(accent.unreleased):
            return Said(self.phone, (Part(name, 0.7 * PHONES[name].seconds), Part(name, _HELD, 0.0)))
        return plain

    def _chance(self, rate: float) -> bool:
        return bool(self.rng.random() < rate)


def _plain(phone: str) -> Said:
    return Said(phone, tuple(Part(sound, seconds) for sound, seconds in steady(_bare(phone))))


def _one(sound: str) -> Part:
    return Part(sound, SOUNDS[sound].seconds)


def _glottal_stop() -> Part:
    return replace(_one(GLOTTAL), effort=0.0)


def _longer(said: Said) -> Said:
    """Return a vowel as it is in the place of a lost r."""
    if _bare(said.label) in _CENTRING:
        return replace(said, parts=(*said.parts, _one(SCHWA)))
    return replace(said, parts=tuple(replace(part, seconds=_LONGER * part.seconds) for part in said.parts))


def _bare(phone: str) -> str:
    return phone.rstrip("012")


def _vowel(phone: str, *also: str) -> bool:
    return _bare(phone) in SYLLABIC or phone in also
