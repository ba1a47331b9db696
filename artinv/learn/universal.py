"""A model for any speaker: trained on synthetic speakers, each sentence augmented with its own acoustic conditions.

Acoustics are normalized with the statistics of the utterance alone, as for an unknown speaker. Motion is z-scored with the
statistics of each synthetic speaker, so that coil positions and head sizes have no influence.
"""

from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from artinv.core import random_draws, store
from artinv.core.channels import derive
from artinv.core.records import Frames, Utterance
from artinv.core.transform import map_records
from artinv.learn import models
from artinv.learn.calibration import with_intervals
from artinv.learn.inverter import Inverter
from artinv.learn.models.ensemble import Ensemble, Sizes
from artinv.learn.train import Trained, TrainParams, train
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.signal import endpoints
from artinv.signal.augment import Augmentation, disturbed
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz, at_frames
from artinv.signal.streaming import normalized_features


class UniversalParams(Params):
    """Parameters of the acoustic conditions, the features and the training of the universal model."""

    section: ClassVar[str] = "sim2real.universal"
    valid_speakers: int = Field(ge=1)  # the last ones by number, used for validation only
    copies: int = Field(ge=1)  # copies of every sentence, each under other acoustic conditions
    rate: int = Field(gt=0)  # Hz, frames
    cutoff: float = Field(gt=0)  # Hz, low-pass of the motion
    margin: tuple[float, float]  # s kept before and after speech: least, most
    augmentation: Augmentation
    features: FeatureParams
    train: TrainParams
    members: int = Field(ge=1, le=64)  # networks whose predictions are averaged
    sizes: dict  # of the model that `train` names

    @model_validator(mode="after")
    def _fits(self) -> "UniversalParams":
        if SOUND_RATE % self.rate:
            raise ValueError(f"rate must divide {SOUND_RATE} so that frames fall on samples, as 50, 100, 125 and 200 do")
        return self


@dataclass(frozen=True, slots=True)
class SyntheticPopulation:
    """The frames of all synthetic speakers in z-scores, and the mean statistics of the training speakers."""

    training: list[Frames]
    valid: list[Frames]
    mean: np.ndarray  # (18,) mm, over the training speakers
    std: np.ndarray  # (18,) mm


def compute_features(folder: Path, params: UniversalParams, workers: int = 0) -> SyntheticPopulation:
    """Compute the features of a folder of utterances and normalize them by speaker."""
    groups = map_records(folder, Utterance, partial(augmented_frames, params=params), "features", workers=workers)
    copies = (frames for group in groups for frames in group)
    speakers = {speaker: _normalized(list(own)) for speaker, own in groupby(copies, lambda frames: frames.speaker)}
    valid = held_out_speakers(list(speakers), params)
    training = [normalized for speaker, normalized in speakers.items() if speaker not in valid]
    if not training:
        message = f"{params.valid_speakers} of {len(speakers)} speakers leave none for training; generate more speakers"
        raise BadParams(f"sim2real.universal.valid_speakers: {message}")
    return SyntheticPopulation(
        [frames for own, _, _ in training for frames in own], [frames for speaker in valid for frames in speakers[speaker][0]],
        np.mean([mean for _, mean, _ in training], axis=0), np.mean([std for _, _, std in training], axis=0),
    )


def held_out_speakers(speakers: list[str], params: UniversalParams) -> list[str]:
    """Return the last speakers by number, so that both women and men are included.

    >>> from types import SimpleNamespace
    >>> held_out_speakers(["F0000", "F0002", "M0001", "M0003"], SimpleNamespace(valid_speakers=2))
    ['F0002', 'M0003']
    """
    return sorted(speakers, key=lambda name: name[1:])[-params.valid_speakers:]


def held_out(folder: Path, params: UniversalParams, workers: int = 0) -> list[Frames]:
    """Return the frames of the speakers that training never uses; motion in mm."""
    chosen = held_out_speakers(store.speakers(folder), params)
    groups = imap(partial(augmented_frames, params=params), store.read(folder, Utterance, chosen.__contains__), workers)
    return [frames for group in groups for frames in group]


def augmented_frames(utterance: Utterance, params: UniversalParams) -> list[Frames]:
    """Return the frames of one sentence under `copies` acoustic conditions; motion in mm."""
    return [_augmented(utterance, params, copy) for copy in range(params.copies)]


def fit(
    population: SyntheticPopulation, params: UniversalParams, level: float, state: Path | None = None, workers: int = 0,
) -> tuple[Inverter, list[Trained]]:
    """Train networks with different initial weights on the synthetic population, and return their average as one model.

    Its intervals contain the share `level` of the errors on the validation speakers.
    """
    sizes = models.get(params.train.model).Sizes.of(params.sizes, "sim2real.universal.sizes")
    trained = list(imap(partial(_member, population, params, sizes, state), range(params.members), workers))
    inverter = Inverter(
        model="ensemble", sizes=Sizes(member=params.train.model, sizes=sizes.model_dump(), count=params.members),
        n_in=population.training[0].acoustics.shape[1], rate=float(params.rate),
        network=Ensemble([member.network for member in trained]),
        features=params.features.model_dump(), normalization="utterance",
        statistics={"mean": population.mean, "std": population.std},
        provenance={"origin": "synthetic", "seed": str(params.train.seed)},
    )
    return with_intervals(inverter, population.valid, level), trained


def _member(population: SyntheticPopulation, params: UniversalParams, sizes: Params, state: Path | None, number: int) -> Trained:
    chosen = params.train.model_copy(update={"seed": params.train.seed + number})
    return train(chosen, sizes, population.training, population.valid, state and state.with_suffix(f".{number}"))


def _augmented(utterance: Utterance, params: UniversalParams, copy: int) -> Frames:
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
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=f"{utterance.name}_{copy}", order=utterance.order,
        sentence=utterance.sentence, part="train", rate=float(params.rate),
        acoustics=normalized_features(sound[first * hop:last * hop], params.rate, params.features), motion=derive(coils),
    )


def _normalized(frames: list[Frames]) -> tuple[list[Frames], np.ndarray, np.ndarray]:
    """Return one speaker's frames in z-scores, and the mean and standard deviation in mm."""
    motion = np.concatenate([utterance.motion for utterance in frames])
    mean, std = motion.mean(axis=0), motion.std(axis=0)
    return [replace(utterance, motion=(utterance.motion - mean) / std) for utterance in frames], mean, std

