"""Synthetic speakers that no model has seen: those that follow the population of pipelines/sim2real, with many sentences each.

A session has one set of acoustic conditions (microphone, room, noise, playback speed) for all sentences of a speaker, as a person
who records at one place; in `apart` each sentence has its own conditions, as recordings of a person that were collected.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core import random_draws, store
from artinv.core.channels import derive
from artinv.core.files import write_json
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.live.sessions import join
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import BadData
from artinv.signal import endpoints
from artinv.signal.augment import disturbed
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz, at_frames
from artinv.synth.corpus.population import CORPUS, STRETCHES, PopulationParams, person, speaker_names, write_sessions
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak

FOLDER = Path("out/new_speakers")
"""Folder of the sentences, which git ignores; below the root of a project."""

LEAD = 0.3
"""s of silence before a session."""


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A sentence with known motion."""

    speaker: str
    sound: np.ndarray  # (samples,) at 16 kHz
    motion: np.ndarray  # (K, 18) mm; frame k is at the time k / rate


def names(people: PopulationParams, count: int) -> list[str]:
    """Return the names of the `count` speakers that follow the population."""
    return speaker_names(people.speakers + count)[people.speakers:]


def write(folder: Path, people: PopulationParams, count: int, sentences: int) -> None:
    """Synthesize sentences of new speakers and write them into a folder, if they are not there."""
    there = {name: len(store.Reader(folder / f"{name}.npz", Utterance)) for name in store.speakers(folder)}
    if not _follow(folder, people) or there != dict.fromkeys(sorted(names(people, count)), sentences):
        write_sessions(folder, partial(_utterances, people, sentences), names(people, count), "speakers", 1)
        write_json(_facts(folder), people.model_dump())


def _follow(folder: Path, people: PopulationParams) -> bool:
    """Return whether the speakers of a folder are those that follow a population."""
    facts = _facts(folder)
    return facts.exists() and json.loads(facts.read_text(encoding="utf-8")) == people.model_dump()


def _facts(folder: Path) -> Path:
    """Return the file that holds the parameters of the population."""
    return folder.with_suffix(".json")


def _utterances(people: PopulationParams, sentences: int, name: str) -> list[Utterance]:
    own = person(people, name)
    return [speak(own, sentence(f"{people.seed}/{name}", order), order, corpus=CORPUS,
                  stretch=STRETCHES[(order - 1) % len(STRETCHES)]) for order in range(1, sentences + 1)]


def session(utterances: Sequence[Utterance], params: PopulationFeatureParams) -> list[Spoken]:
    """Return sentences of a speaker under one set of conditions."""
    rng = random_draws.rng(utterances[0].id, "session", len(utterances))
    joined, starts = join(utterances, LEAD)
    changed = disturbed(joined, params.augmentation, rng)
    pace = changed.sound_rate / joined.sound_rate
    sound = at_16_khz(changed.sound, changed.sound_rate)
    return [_cut(utterance, sound, (start / pace, pace), params, rng.uniform(*params.margin, 2))
            for utterance, start in zip(utterances, starts, strict=True)]


def apart(utterances: Sequence[Utterance], params: PopulationFeatureParams) -> list[Spoken]:
    """Return sentences of a speaker, each under its own conditions."""
    return [spoken for utterance in utterances for spoken in session([utterance], params)]


def _cut(
    utterance: Utterance, sound: np.ndarray, place: tuple[float, float], params: PopulationFeatureParams, margins: np.ndarray,
) -> Spoken:
    """Return a sentence with `margins` s of silence around its speech; `place`: its start in a sound in s, and its speed."""
    (start, pace), hop = place, SOUND_RATE // params.rate
    begin, end = endpoints.from_labels(utterance.phones) or (0.0, utterance.seconds)
    first = max(0, int((start + begin / pace - margins[0]) * params.rate))
    last = min(int((start + end / pace + margins[1]) * params.rate), len(sound) // hop)
    times = np.arange(first, last + 1) / params.rate - start
    ends = (utterance.coil_start / pace, (utterance.coil_start + (len(utterance.coils) - 1) / utterance.coil_rate) / pace)
    coils = at_frames(utterance.coils.astype(float), utterance.coil_rate * pace, ends[0], np.clip(times, *ends), params.cutoff)
    return Spoken(utterance.speaker, sound[first * hop:last * hop], derive(coils))


def read(workspace: Workspace) -> Iterator[tuple[str, list[Utterance]]]:
    """Yield each speaker that follows the population of a project, women first, with all sentences."""
    folder = workspace.root / FOLDER
    if not _follow(folder, PopulationParams.load(workspace.params)):
        fault = "does not hold the speakers that follow the population of params.yaml"
        raise BadData(f"{folder}: {fault}; run `python -m experiments.speaker_seconds`")
    for name in store.speakers(folder):
        yield name, list(store.read(folder, Utterance, name.__eq__))
