"""A crowd of synthetic speakers, spoken straight into a store: no native files, no corpus."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

import torch
from pydantic import Field

from artinv.core.records import Utterance
from artinv.core.store import Writer
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.runtime.progress import track
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Variability, make

CORPUS = "synthetic"
STRETCHES = (1.0, 0.8, 0.65, 1.15)
"""Durations that a speaker's sentences take in turn, times the speaker's own: real speech is often faster than reading aloud."""


class PeopleParams(Params):
    """Who speaks how much."""

    section: ClassVar[str] = "sim2real.people"
    speakers: int = Field(ge=2, le=10_000)
    sentences: int = Field(ge=1)  # of each speaker
    seed: int = Field(ge=0)
    variability: Variability


def names(count: int) -> list[str]:
    """Women and men in turn.

    >>> names(3)
    ['F0000', 'M0001', 'F0002']
    """
    return [f"{'FM'[number % 2]}{number:04d}" for number in range(count)]


def speak_all(folder: Path, params: PeopleParams, workers: int = 0) -> float:
    """Write everybody's sentences; returns the hours of speech. Equal parameters give equal bytes, whatever the workers."""
    people, seconds = names(params.speakers), 0.0
    with Writer(folder) as writer:
        for utterances in track(imap(partial(_session, params), people, workers), "people", len(people)):
            for utterance in utterances:
                writer.add(utterance)
                seconds += utterance.seconds
    return seconds / 3600


def _session(params: PeopleParams, name: str) -> list[Utterance]:
    torch.set_num_threads(1)
    return list(_spoken(params, name))


def _spoken(params: PeopleParams, name: str) -> Iterator[Utterance]:
    """Sentences that nobody else reads."""
    speaker = make(name, params.variability, params.seed)
    for order in range(1, params.sentences + 1):
        line = sentence(f"{params.seed}/{name}", order)
        yield speak(speaker, line, order, corpus=CORPUS, stretch=STRETCHES[(order - 1) % len(STRETCHES)])
