"""A session of single words that a synthetic speaker says: sound, trajectories and labels, without errors of measurement."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

import numpy as np
import torch

from artinv.core import random_draws
from artinv.core.channels import derive
from artinv.core.records import Label, Utterance
from artinv.neural.records import RATE, SAMPLES
from artinv.runtime.parallel import imap
from artinv.signal.resample import at_frames
from artinv.synth.speaker.lexicon import LEXICON, Sentence, Word
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Speaker, Variability, make_speaker
from artinv.synth.tract.controls import FRAME_RATE

WORDS: tuple[Word, ...] = LEXICON["noun"]
"""Words that a session can have."""

MARGIN = (0.2, 0.4)
"""Shortest and longest silence before and after a word, s."""

_CUTOFF = 25.0  # Hz, of the trajectories


@dataclass(frozen=True, slots=True, eq=False)
class SpokenSession:
    """What a speaker said and did, from 0 s on without a gap."""

    sound: np.ndarray  # (T * SAMPLES,) float32 at SOUND_RATE
    trajectories: np.ndarray  # (T, 18) float32 in the units of artinv.core.channels, at RATE
    words: tuple[Label, ...]
    phones: tuple[Label, ...]


def speak_words(speaker: str, words: int, seconds: float, seed: int, workers: int = 0) -> SpokenSession:
    """Return a session of a speaker that says the first `words` of WORDS again and again, in a new order each time.

    Each take is spoken anew, with its own timing and targets. Equal arguments give equal bytes for any number of workers.
    """
    frames = round(seconds * RATE)
    parts: list[Utterance] = []
    for utterance in imap(partial(_speak, _speaker(speaker, seed)), _order(speaker, words, seed), workers):
        parts.append(utterance)
        if sum(len(part.sound) for part in parts) >= frames * SAMPLES:
            break
    starts = np.cumsum([0.0, *(part.seconds for part in parts)])
    coils = np.concatenate([part.coils for part in parts])
    times = np.arange(frames) / RATE
    return SpokenSession(
        np.concatenate([part.sound for part in parts])[:frames * SAMPLES],
        at_frames(derive(coils), FRAME_RATE, 0, times, _CUTOFF).astype(np.float32),
        tuple(_placed([part.words for part in parts], starts, frames / RATE)),
        tuple(_placed([_to_the_end(part) for part in parts], starts, frames / RATE)),
    )


def _to_the_end(part: Utterance) -> tuple[Label, ...]:
    """Return the phones; the last one, silence, lasts until the next part."""
    return *part.phones[:-1], replace(part.phones[-1], end=part.seconds)


def _order(speaker: str, words: int, seed: int) -> Iterator[tuple[int, Word]]:
    """Yield number and word of one take after another: all words in a random order, again and again."""
    number = 0
    for repetition in count():
        for place in random_draws.rng("spoken session", speaker, seed, repetition).permutation(words):
            yield number, WORDS[place]
            number += 1


def _speaker(name: str, seed: int) -> Speaker:
    """Return the speaker, measured without noise and drift."""
    speaker = make_speaker(name, Variability(ema_noise=0.0), seed)
    return replace(speaker, pace=replace(speaker.pace, margin=MARGIN))


def _speak(speaker: Speaker, take: tuple[int, Word]) -> Utterance:
    torch.set_num_threads(1)
    number, word = take
    return speak(speaker, Sentence(word.text, (word,)), number)


def _placed(labels: list[tuple[Label, ...]], starts: np.ndarray, end: float) -> Iterator[Label]:
    """Yield the labels of all parts with times in the session, those that end in it."""
    for part, start in zip(labels, starts, strict=False):
        for label in part:
            if start + label.end <= end:
                yield Label(label.text, float(start + label.start), float(start + label.end))
