"""Frames of the synthetic population: acoustics of augmented sentences, evidence of their phones, and motion in mm.

Acoustics are normalized with the statistics of the utterance alone, as for an unknown speaker. The recognizer hears the augmented
sound, so that its errors in training resemble those in use.
"""

from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from artinv.core import random_draws, store
from artinv.core.channels import derive
from artinv.core.records import Frames, Label, Utterance
from artinv.core.transform import map_records
from artinv.phones import evidence, recognizer
from artinv.phones.recognition import recognized
from artinv.runtime.params import Params
from artinv.signal import endpoints
from artinv.signal.augment import Augmentation, disturbed
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz, at_frames
from artinv.signal.streaming import normalized_features


class PhoneParams(Params):
    """Evidence of phones beside the acoustics."""

    kinds: tuple[Literal["recognized", "timed"], ...]  # see artinv.phones.evidence
    shake: float = Field(ge=0)  # s, standard deviation of the errors of known boundaries

    @field_validator("kinds")
    @classmethod
    def _once_each(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if kinds != tuple(kind for kind in evidence.KINDS if kind in kinds):
            raise ValueError(f"list each kind once, in the order {', '.join(evidence.KINDS)}")
        return kinds


class PopulationFeatureParams(Params):
    """Parameters of the acoustic conditions, the acoustics and the evidence of phones."""

    section: ClassVar[str] = "sim2real.features"
    copies: int = Field(ge=1)  # copies of every sentence, each under other acoustic conditions
    rate: int = Field(gt=0)  # Hz, frames
    cutoff: float = Field(gt=0)  # Hz, low-pass of the motion
    margin: tuple[float, float]  # s kept before and after speech: least, most
    augmentation: Augmentation
    acoustics: FeatureParams
    phones: PhoneParams

    @model_validator(mode="after")
    def _fits(self) -> "PopulationFeatureParams":
        if SOUND_RATE % self.rate:
            raise ValueError(f"rate must divide {SOUND_RATE} so that frames fall on samples, as 50, 100, 125 and 200 do")
        return self


def write_frames(people: Path, target: Path, params: PopulationFeatureParams, workers: int = 0) -> int:
    """Write the frames of a folder of utterances into another folder; return their number."""
    if "recognized" in params.phones.kinds:
        recognizer.check_installed("sim2real.features.phones.kinds")
    count = 0
    with store.Writer(target) as writer:
        for group in map_records(people, Utterance, partial(augmented_frames, params=params), "features", workers=workers):
            for frames in group:
                writer.add(frames)
                count += len(frames.acoustics)
    return count


def augmented_frames(utterance: Utterance, params: PopulationFeatureParams) -> list[Frames]:
    """Return the frames of one sentence under `copies` acoustic conditions."""
    return [_augmented(utterance, params, copy) for copy in range(params.copies)]


def _augmented(utterance: Utterance, params: PopulationFeatureParams, copy: int) -> Frames:
    """Return the frames of one sentence under acoustic conditions that are drawn for this copy."""
    rng = random_draws.rng(utterance.id, "heard", copy)
    augmented = disturbed(utterance, params.augmentation, rng)
    sound, hop = at_16_khz(augmented.sound, augmented.sound_rate), SOUND_RATE // params.rate
    begin, end = endpoints.from_labels(augmented.phones) or (0.0, augmented.seconds)
    last = min(len(sound) // hop, int((len(augmented.coils) - 1) / augmented.coil_rate * params.rate))
    first = max(0, int((begin - rng.uniform(*params.margin)) * params.rate))
    last = min(last, int((end + rng.uniform(*params.margin)) * params.rate))
    times = np.arange(first, last + 1) / params.rate
    coils = at_frames(augmented.coils.astype(float), augmented.coil_rate, augmented.coil_start, times, params.cutoff)
    kept = sound[first * hop:last * hop]
    acoustics = normalized_features(kept, params.rate, params.acoustics)
    sources = [acoustics]
    if "recognized" in params.phones.kinds:
        sources.append(recognized(kept, len(acoustics), params.rate))
    if "timed" in params.phones.kinds:
        errors = random_draws.rng(utterance.id, "timed", copy)
        labels = shaken(augmented.phones, params.phones.shake, errors, first / params.rate)
        sources.append(evidence.from_labels(labels, len(acoustics), params.rate, utterance.id))
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=f"{utterance.name}_{copy}", order=utterance.order,
        sentence=utterance.sentence, part="train", rate=float(params.rate), acoustics=np.hstack(sources),
        motion=derive(coils), origin=utterance.origin,
    )


def shaken(labels: tuple[Label, ...], spread: float, rng: np.random.Generator, start: float = 0.0) -> tuple[Label, ...]:
    """Return labels with times counted from `start` and random errors of the boundaries; neighbours share a boundary."""
    moved: dict[float, float] = {}
    for time in (time for label in labels for time in (label.start, label.end)):
        moved.setdefault(time, time - start + spread * rng.standard_normal())
    return tuple(Label(label.text, moved[label.start], max(moved[label.start], moved[label.end])) for label in labels)
