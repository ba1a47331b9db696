"""Sentence -> steady sounds with start and end times, and the labels of phones and words."""

import math
from dataclasses import dataclass

import numpy as np

from artinv.core.records import Label
from artinv.synth.speaker.lexicon import Sentence
from artinv.synth.speaker.phones import steady

SILENCE = "sil"
_STRESSED, _FUNCTION, _FINAL = 1.25, 0.8, 1.35  # factors on durations
_FINAL_PHONES = 2  # phones at the end of a sentence that are lengthened
_UTTERANCE_SPREAD, _PHONE_SPREAD = 0.06, 0.12  # standard deviations of the logarithm of a duration
_PAUSE_SECONDS = (0.08, 0.22)


@dataclass(frozen=True, slots=True)
class Pace:
    """Tempo and pauses of a speaker."""

    stretch: float = 1.0  # factor on all durations
    margin: tuple[float, float] = (0.15, 0.35)  # s, shortest and longest silence before and after a sentence
    pauses: float = 0.06  # probability of a pause after a word


@dataclass(frozen=True, slots=True)
class Segment:
    """One steady sound with its start and end in the utterance, in s."""

    sound: str  # key of PHONES
    start: float
    end: float
    accent: bool = False  # with a pitch accent


@dataclass(frozen=True, slots=True)
class Timed:
    """A timed sentence. Phone labels have no gaps from 0 to the end; a diphthong or an affricate has one label."""

    segments: tuple[Segment, ...]
    phones: tuple[Label, ...]
    words: tuple[Label, ...]

    @property
    def seconds(self) -> float:
        """Duration in s, including silence."""
        return self.segments[-1].end


class _Clock:
    """Collects segments and phone labels in time order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.segments: list[Segment] = []
        self.phones: list[Label] = []

    def say(self, phone: str, sounds: list[tuple[str, float]], accent: bool = False) -> None:
        start = self.now
        for sound, seconds in sounds:
            self.segments.append(Segment(sound, self.now, self.now + seconds, accent))
            self.now += seconds
            accent = False
        self.phones.append(Label(phone, start, self.now))

    def silence(self, seconds: float) -> None:
        self.say(SILENCE, [(SILENCE, seconds)])


def time_sentence(sentence: Sentence, pace: Pace, rng: np.random.Generator) -> Timed:
    """Time every phone: longer if stressed or final, shorter in function words, with random variation."""
    stretch = pace.stretch * math.exp(rng.normal(0, _UTTERANCE_SPREAD))
    clock, words = _Clock(), []
    clock.silence(rng.uniform(*pace.margin))
    for number, word in enumerate(sentence.words, 1):
        last, start = number == len(sentence.words), clock.now
        for position, phone in enumerate(word.phones):
            accent = phone.endswith("1") and not word.function
            factor = stretch * math.exp(rng.normal(0, _PHONE_SPREAD)) * (_STRESSED if accent else _FUNCTION if word.function else 1)
            if last and position >= len(word.phones) - _FINAL_PHONES:
                factor *= _FINAL
            clock.say(phone, [(sound, seconds * factor) for sound, seconds in steady(phone.rstrip("012"))], accent)
        words.append(Label(word.text, start, clock.now))
        if not last and rng.random() < pace.pauses:
            clock.silence(rng.uniform(*_PAUSE_SECONDS))
    clock.silence(rng.uniform(*pace.margin))
    return Timed(tuple(clock.segments), tuple(clock.phones), tuple(words))
