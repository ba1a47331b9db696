"""Synthetic speakers say the digits: sound with the motion that made it."""

from functools import partial
from pathlib import Path
from typing import ClassVar

import torch
from pydantic import Field

from artinv.core.records import Utterance
from artinv.digits.words import DIGITS, NAMES, sentence
from artinv.runtime.params import ProfileParams
from artinv.synth.corpus.population import STRETCHES, speaker_names, write_sessions
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import make_speaker

CORPUS = "digits"

FIRST_VOICE = 9000
"""Number of the first voice that the articulatory generator draws; training speakers have smaller numbers."""


class SpeakParams(ProfileParams):
    """Who says the digits, and how often."""

    section: ClassVar[str] = "speak"
    speakers: int = Field(ge=3, le=FIRST_VOICE)
    takes: int = Field(ge=1, le=1000)  # of each digit by each speaker
    seed: int = Field(ge=0)


def speak_digits(params: SpeakParams, folder: Path, workers: int = 0) -> int:
    """Write what all speakers say, one file per speaker; return the number of utterances.

    Equal parameters give equal bytes for any number of workers.
    """
    return len(write_sessions(folder, partial(session, params), speaker_names(params.speakers), "digits", workers))


def session(params: SpeakParams, name: str) -> list[Utterance]:
    """Return all takes of a speaker; successive takes are faster and slower."""
    torch.set_num_threads(1)
    speaker = make_speaker(name, seed=params.seed)
    return [
        speak(speaker, sentence(digit), take * DIGITS + digit, corpus=CORPUS, name=f"{name}_{NAMES[digit]}_{take:03d}",
              stretch=STRETCHES[take % len(STRETCHES)])
        for take in range(params.takes) for digit in range(DIGITS)
    ]
