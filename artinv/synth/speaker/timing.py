"""Sentence -> steady sounds with start and end times, and the labels of phones and words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core.records import Label
from artinv.synth.speaker.accents import PAUSE_SECONDS, SILENCE, Part, SaidWord, careful
from artinv.synth.speaker.lexicon import Sentence

_STRESSED, _FUNCTION, _FINAL = 1.25, 0.8, 1.35  # factors on durations
_FINAL_PHONES = 2  # phones at the end of a sentence that are lengthened
_UTTERANCE_SPREAD, _PHONE_SPREAD = 0.06, 0.12  # standard deviations of the logarithm of a duration


@dataclass(frozen=True, slots=True)
class Pace:
    """Tempo and pauses of a speaker."""

    stretch: float = 1.0  # factor on all durations
    margin: tuple[float, float] = (0.15, 0.35)  # s, shortest and longest silence before and after a sentence
    pauses: float = 0.06  # probability of a pause after a word


@dataclass(frozen=True, slots=True)
class Segment:
    """One steady sound with its start and end in the utterance, in s."""

    sound: str  # key of SOUNDS
    start: float
    end: float
    prominent: bool = False  # with a pitch accent
    effort: float = 1.0  # share of the lung pressure of speech


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

    def say(self, phone: str, parts: Sequence[Part], factor: float = 1.0, *, prominent: bool = False) -> None:
        start = self.now
        for part in parts:
            seconds, here = part.seconds * factor, prominent and part.effort > 0
            self.segments.append(Segment(part.sound, self.now, self.now + seconds, here, part.effort))
            self.now += seconds
            prominent = prominent and not here
        self.phones.append(Label(phone, start, self.now))

    def silence(self, seconds: float) -> None:
        self.say(SILENCE, [Part(SILENCE, seconds, 0.0)])


def time_sentence(sentence: Sentence, pace: Pace, rng: np.random.Generator, said: Sequence[SaidWord] | None = None) -> Timed:
    """Time every phone: longer if stressed or final, shorter in function words, with random variation.

    `said` is what `accents.running` makes of the sentence, pauses included; without it, speech is careful.
    """
    stretch = pace.stretch * math.exp(rng.normal(0, _UTTERANCE_SPREAD))
    clock, words = _Clock(), []
    clock.silence(rng.uniform(*pace.margin))
    for number, (word, spoken) in enumerate(zip(sentence.words, said or careful(sentence), strict=True), 1):
        last, start = number == len(sentence.words), clock.now
        for position, phone in enumerate(spoken.phones):
            prominent = phone.label.endswith("1") and not word.function
            emphasis = _STRESSED if prominent else _FUNCTION if word.function else 1
            factor = stretch * math.exp(rng.normal(0, _PHONE_SPREAD)) * emphasis
            if last and position >= len(spoken.phones) - _FINAL_PHONES:
                factor *= _FINAL
            clock.say(phone.label, phone.parts, factor, prominent=prominent)
        words.append(Label(word.text, start, clock.now))
        if spoken.pause:
            clock.say(SILENCE, spoken.pause)
        elif said is None and not last and rng.random() < pace.pauses:
            clock.silence(rng.uniform(*PAUSE_SECONDS))
    clock.silence(rng.uniform(*pace.margin))
    return Timed(tuple(clock.segments), tuple(clock.phones), tuple(words))
