"""A synthetic population: utterances of many synthetic speakers, written directly into a store without native files."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import torch
from pydantic import Field

from artinv.core.records import Utterance
from artinv.core.store import Writer
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.runtime.progress import track
from artinv.synth.speaker.accents import accent_of
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Speaker, Variability, make_speaker

CORPUS = "synthetic"
CAREFUL = "careful"
"""In place of an accent: each phone has its careful form."""

STRETCHES = (1.0, 0.8, 0.65, 1.15)
"""Factors on the durations of successive sentences, used in turn: real speech is often faster than reading aloud."""


class PopulationParams(Params):
    """Size, seed and variability of the population."""

    section: ClassVar[str] = "sim2real.people"
    speakers: int = Field(ge=2, le=10_000)
    sentences: int = Field(ge=1)  # per speaker
    seed: int = Field(ge=0)
    accents: list[Literal["careful", "american", "british"]] = Field(min_length=1)  # of pairs of speakers, in turn
    variability: Variability


def speaker_names(count: int) -> list[str]:
    """Return `count` names of speakers, women and men in turn.

    >>> speaker_names(3)
    ['F0000', 'M0001', 'F0002']
    """
    return [f"{'FM'[number % 2]}{number:04d}" for number in range(count)]


def write_population(folder: Path, params: PopulationParams, workers: int = 0) -> float:
    """Write the utterances of all speakers and return the hours of speech.

    Equal parameters give equal bytes for any number of workers.
    """
    return sum(write_sessions(folder, partial(_session, params), speaker_names(params.speakers), "people", workers)) / 3600


def write_sessions(
    folder: Path, session: Callable[[str], list[Utterance]], names: list[str], title: str, workers: int,
) -> list[float]:
    """Write what speakers say, one file per speaker; return the duration of each utterance in s.

    `session` returns the utterances of a speaker by name, and `title` is that of the progress bar.
    """
    seconds = []
    with Writer(folder) as writer:
        for utterances in track(imap(session, names, workers), title, len(names)):
            for utterance in utterances:
                writer.add(utterance)
                seconds.append(utterance.seconds)
    return seconds


def _session(params: PopulationParams, name: str) -> list[Utterance]:
    torch.set_num_threads(1)
    return list(_utterances(params, name))


def person(params: PopulationParams, name: str) -> Speaker:
    """Return a speaker of the population, or one whose number follows it."""
    speaker = make_speaker(name, params.variability, params.seed)
    accent = params.accents[int(name[1:]) // 2 % len(params.accents)]
    return speaker if accent == CAREFUL else replace(speaker, accent=accent_of(accent, params.seed, name))


def _utterances(params: PopulationParams, name: str) -> Iterator[Utterance]:
    """Yield the utterances of a speaker, whose reading list no other speaker reads."""
    speaker = person(params, name)
    for order in range(1, params.sentences + 1):
        text = sentence(f"{params.seed}/{name}", order)
        yield speak(speaker, text, order, corpus=CORPUS, stretch=STRETCHES[(order - 1) % len(STRETCHES)])
