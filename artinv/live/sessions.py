"""Sessions of the synthetic population: several sentences of a speaker in a row, in one room and with one microphone.

A live model starts without knowledge of the voice and gets sentence after sentence. Its training data are therefore sessions:
silence, sentences, and one set of acoustic conditions for all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from artinv.core import random_draws, store
from artinv.core.channels import CHANNELS, derive
from artinv.core.ids import by_number
from artinv.core.records import Frames, Label, Utterance
from artinv.live.features import FrontParams, Spectrum
from artinv.runtime.parallel import imap
from artinv.runtime.params import ProfileParams
from artinv.runtime.progress import track
from artinv.signal.augment import Augmentation, disturbed
from artinv.signal.resample import at_16_khz, at_frames


class SessionParams(ProfileParams):
    """Parameters of the sessions."""

    section: ClassVar[str] = "sessions"
    sentences: int = Field(ge=1)  # of a session
    copies: int = Field(ge=1)  # sessions in which each sentence occurs, each under other conditions
    lead: tuple[float, float]  # s of silence before a session: least, most
    cutoff: float = Field(gt=0)  # Hz, low-pass of the motion
    speakers: int = Field(ge=0)  # number of speakers; 0: all
    augmentation: Augmentation


def write(people: Path, target: Path, front: FrontParams, params: SessionParams, workers: int = 0) -> int:
    """Write spectra (frames, bands) in dB and motion in mm of all sessions; return the number of frames."""
    count, speakers = 0, store.speakers(people)
    speakers = by_number(speakers)[-params.speakers:] if params.speakers else speakers
    work = partial(_speaker, people, front, params)
    with store.Writer(target) as writer:
        for frames in track(imap(work, speakers, workers), "sessions", len(speakers)):
            for session in frames:
                writer.add(session)
                count += len(session.acoustics)
    return count


def _speaker(people: Path, front: FrontParams, params: SessionParams, speaker: str) -> list[Frames]:
    utterances = list(store.read(people, Utterance, speaker.__eq__))
    return [recorded(own, front, params, copy)
            for copy in range(params.copies) for own in groups(utterances, params.sentences, copy)]


def groups(utterances: Sequence[Utterance], count: int, copy: int) -> Iterator[list[Utterance]]:
    """Yield groups of `count` utterances in an order that is random for each copy; the last group may be smaller."""
    order = random_draws.rng(utterances[0].speaker_id, "session", copy).permutation(len(utterances))
    for first in range(0, len(order), count):
        yield [utterances[number] for number in order[first:first + count]]


def recorded(utterances: Sequence[Utterance], front: FrontParams, params: SessionParams, copy: int) -> Frames:
    """Return the spectra and the motion of sentences in a row, under conditions that are drawn for this copy."""
    sound, starts, pace = augmented(utterances, params, copy)
    spectrum, first = Spectrum(front), utterances[0]
    decibels = np.concatenate([spectrum.add(sound), spectrum.end()]).astype(np.float32)
    times = np.arange(len(decibels)) / front.rate
    motion = np.full((len(times), len(CHANNELS)), np.nan, np.float32)
    for utterance, start in zip(utterances, starts, strict=True):
        inside = np.flatnonzero((times >= start) & (times < start + utterance.seconds / pace))
        at = start + utterance.coil_start / pace
        coils = at_frames(utterance.coils.astype(float), utterance.coil_rate * pace, at, times[inside], params.cutoff)
        motion[inside] = derive(coils)
    return Frames(
        corpus=first.corpus, speaker=first.speaker, name=f"{first.name}_{copy}", order=first.order, sentence=first.sentence,
        part="train", rate=float(front.rate), acoustics=decibels, motion=motion, origin="synthetic",
        phones=tuple(Label(utterance.name, start, start + utterance.seconds / pace)
                     for utterance, start in zip(utterances, starts, strict=True)),
    )


def augmented(utterances: Sequence[Utterance], params: SessionParams, copy: int) -> tuple[np.ndarray, list[float], float]:
    """Return the sound of sentences in a row at 16 kHz, the start of each in s, and the playback speed."""
    rng = random_draws.rng(utterances[0].id, "live", copy)
    joined, starts = join(utterances, rng.uniform(*params.lead))
    changed = disturbed(joined, params.augmentation, rng)
    pace = changed.sound_rate / joined.sound_rate
    return at_16_khz(changed.sound, changed.sound_rate), [start / pace for start in starts], pace


def join(utterances: Sequence[Utterance], lead: float) -> tuple[Utterance, list[float]]:
    """Return silence of `lead` s and all sentences as one utterance, without its coils, and the start of each sentence in s."""
    rate = utterances[0].sound_rate
    silence = round(lead * rate)
    lengths = np.cumsum([silence, *(len(utterance.sound) for utterance in utterances)])
    starts = (lengths[:-1] / rate).tolist()
    phones = [replace(label, start=label.start + start, end=label.end + start)
              for utterance, start in zip(utterances, starts, strict=True) for label in utterance.phones]
    sound = np.concatenate([np.zeros(silence, np.float32), *(utterance.sound for utterance in utterances)])
    return replace(utterances[0], sound=sound, phones=tuple(phones), words=(), coils=utterances[0].coils[:1]), starts


def sentences(session: Frames) -> list[slice]:
    """Return the frames of each sentence of a session."""
    return [slice(int(np.ceil(label.start * session.rate)), int(label.end * session.rate)) for label in session.phones]


