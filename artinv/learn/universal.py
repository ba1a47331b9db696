"""A model for everybody: synthetic speakers, each sentence heard under conditions of its own, and one network that learns from all.

Acoustics are normalized from the utterance alone, as they will be for a voice never heard before; motion is z-scored with each
synthetic speaker's own statistics, so that places of coils and sizes of heads do not matter.
"""

from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from artinv.core import dice, store
from artinv.core.channels import derive
from artinv.core.records import Frames, Utterance
from artinv.core.transform import over
from artinv.learn import models
from artinv.learn.calibration import with_interval
from artinv.learn.inverter import Inverter
from artinv.learn.models.ensemble import Ensemble, Sizes
from artinv.learn.train import Trained, TrainParams, train
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.signal import endpoints
from artinv.signal.augment import Augmentation, disturb
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz, at_frames
from artinv.signal.streaming import listen


class UniversalParams(Params):
    """How the crowd is heard and learned from."""

    section: ClassVar[str] = "sim2real.universal"
    valid_speakers: int = Field(ge=1)  # the last ones, whom training never sees: they say when to stop
    copies: int = Field(ge=1)  # times that every sentence is heard, each time under other conditions
    rate: int = Field(gt=0)  # Hz, frames
    cutoff: float = Field(gt=0)  # Hz, low-pass of the motion
    margin: tuple[float, float]  # s kept before and after speech, from-to
    augmentation: Augmentation
    features: FeatureParams
    train: TrainParams
    members: int = Field(ge=1, le=64)  # networks that are trained and averaged
    sizes: dict  # of the model that `train` names

    @model_validator(mode="after")
    def _fits(self) -> "UniversalParams":
        if SOUND_RATE % self.rate:
            raise ValueError(f"rate must divide {SOUND_RATE} so that frames fall on samples, as 50, 100, 125 and 200 do")
        return self


@dataclass(frozen=True, slots=True)
class Crowd:
    """The frames of all speakers in z-scores, and what made them so."""

    training: list[Frames]
    valid: list[Frames]
    mean: np.ndarray  # (18,) mm, over the training speakers
    std: np.ndarray  # (18,) mm


def gather(folder: Path, params: UniversalParams, workers: int = 0) -> Crowd:
    """Hear and normalize a folder of utterances."""
    heard = (one for copies in over(folder, Utterance, partial(hear, params=params), "hear", workers=workers) for one in copies)
    everybody = {speaker: _normalized(list(frames)) for speaker, frames in groupby(heard, lambda one: one.speaker)}
    others = held_out_speakers(list(everybody), params)
    training = [found for speaker, found in everybody.items() if speaker not in others]
    if not training:
        message = f"{params.valid_speakers} of {len(everybody)} speakers leave nobody to train on; have more speakers"
        raise BadParams(f"sim2real.universal.valid_speakers: {message}")
    return Crowd(
        [one for frames, _, _ in training for one in frames], [one for speaker in others for one in everybody[speaker][0]],
        np.mean([mean for _, mean, _ in training], axis=0), np.mean([std for _, _, std in training], axis=0),
    )


def held_out_speakers(speakers: list[str], params: UniversalParams) -> list[str]:
    """The last ones by number, so that women and men are among them.

    >>> from types import SimpleNamespace
    >>> held_out_speakers(["F0000", "F0002", "M0001", "M0003"], SimpleNamespace(valid_speakers=2))
    ['F0002', 'M0003']
    """
    return sorted(speakers, key=lambda name: name[1:])[-params.valid_speakers:]


def held_out(folder: Path, params: UniversalParams, workers: int = 0) -> list[Frames]:
    """The frames of the speakers whom training never sees; motion in mm."""
    chosen = held_out_speakers(store.speakers(folder), params)
    heard = imap(partial(hear, params=params), store.read(folder, Utterance, chosen.__contains__), workers)
    return [one for copies in heard for one in copies]


def hear(utterance: Utterance, params: UniversalParams) -> list[Frames]:
    """One sentence under several conditions; motion in mm."""
    return [_heard(utterance, params, copy) for copy in range(params.copies)]


def fit(
    crowd: Crowd, params: UniversalParams, level: float, state: Path | None = None, workers: int = 0,
) -> tuple[Inverter, list[Trained]]:
    """Train networks that differ in their first weights on the crowd, and let them speak with one voice.

    Intervals hold `level` of the errors on the speakers whom training never sees.
    """
    member = models.get(params.train.model).Sizes.of(params.sizes, "sim2real.universal.sizes")
    trained = list(imap(partial(_member, crowd, params, member, state), range(params.members), workers))
    inverter = Inverter(
        model="ensemble", sizes=Sizes(member=params.train.model, sizes=member.model_dump(), count=params.members),
        n_in=crowd.training[0].acoustics.shape[1], rate=float(params.rate), network=Ensemble([one.network for one in trained]),
        features=params.features.model_dump(), normalization="utterance", statistics={"mean": crowd.mean, "std": crowd.std},
        provenance={"origin": "synthetic", "seed": str(params.train.seed)},
    )
    return with_interval(inverter, crowd.valid, level), trained


def _member(crowd: Crowd, params: UniversalParams, sizes: Params, state: Path | None, number: int) -> Trained:
    chosen = params.train.model_copy(update={"seed": params.train.seed + number})
    return train(chosen, sizes, crowd.training, crowd.valid, state and state.with_suffix(f".{number}"))


def _heard(utterance: Utterance, params: UniversalParams, copy: int) -> Frames:
    rng = dice.rng(utterance.id, "heard", copy)
    played = disturb(utterance, params.augmentation, rng)
    sound, hop = at_16_khz(played.sound, played.sound_rate), SOUND_RATE // params.rate
    begin, end = endpoints.from_labels(played.phones) or (0.0, played.seconds)
    last = min(len(sound) // hop, int((len(played.coils) - 1) / played.coil_rate * params.rate))
    first = max(0, int((begin - rng.uniform(*params.margin)) * params.rate))
    last = min(last, int((end + rng.uniform(*params.margin)) * params.rate))
    times = np.arange(first, last + 1) / params.rate
    coils = at_frames(played.coils.astype(float), played.coil_rate, played.coil_start, times, params.cutoff)
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=f"{utterance.name}_{copy}", order=utterance.order,
        sentence=utterance.sentence, part="train", rate=float(params.rate),
        acoustics=listen(sound[first * hop:last * hop], params.rate, params.features), motion=derive(coils),
    )


def _normalized(frames: list[Frames]) -> tuple[list[Frames], np.ndarray, np.ndarray]:
    """One speaker's frames in z-scores, with the mean and standard deviation in mm."""
    motion = np.concatenate([one.motion for one in frames])
    mean, std = motion.mean(axis=0), motion.std(axis=0)
    return [replace(one, motion=(one.motion - mean) / std) for one in frames], mean, std

