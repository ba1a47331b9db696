"""A model for any speaker: trained on synthetic speakers, each sentence augmented with its own acoustic conditions.

Motion is z-scored with the statistics of each synthetic speaker, so that coil positions and head sizes have no influence. Sources
of the input are left out at random in training, so that one model predicts from acoustics, from phones or from both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from artinv.core import random_draws, store
from artinv.core.ids import by_number
from artinv.core.records import Frames
from artinv.learn import models
from artinv.learn.calibration import with_intervals
from artinv.learn.inverter import Inverter
from artinv.learn.models.ensemble import Ensemble, Sizes
from artinv.learn.train import Trained, TrainParams, train
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params


class SourceParams(Params):
    """Which sources the network sees of a sentence in training; the others are zeros."""

    views: int = Field(ge=1)  # copies of every sentence, each with another combination of sources
    weights: dict[Literal["acoustics", "acoustics+phones", "phones"], float]  # combination -> relative frequency
    known: float = Field(ge=0, le=1)  # share of the views with phones in which these are known; others blend known and recognized
    blur: int = Field(ge=0)  # frames on each side over which phones are smoothed, at most


class UniversalParams(Params):
    """Parameters of the training of the universal model."""

    section: ClassVar[str] = "sim2real.universal"
    valid_speakers: int = Field(ge=1)  # the last ones by number, used for validation only
    sources: SourceParams
    train: TrainParams
    members: int = Field(ge=1, le=64)  # networks whose predictions are averaged
    sizes: dict  # of the model that `train` names


@dataclass(frozen=True, slots=True)
class SyntheticPopulation:
    """The frames of all synthetic speakers in z-scores, and the mean statistics of the training speakers."""

    training: list[Frames]
    valid: list[Frames]
    mean: np.ndarray  # (18,) mm, over the training speakers
    std: np.ndarray  # (18,) mm


def population(folder: Path, features: PopulationFeatureParams, params: UniversalParams) -> SyntheticPopulation:
    """Read the frames of all speakers, normalize them by speaker, and leave out sources at random."""
    kinds = features.phones.kinds
    mixture = combinations(params.sources, kinds)
    frames = store.read(folder, Frames)
    speakers = {speaker: _normalized(list(own)) for speaker, own in groupby(frames, lambda frames: frames.speaker)}
    valid = held_out_speakers(list(speakers), params)
    training = [normalized for speaker, normalized in speakers.items() if speaker not in valid]
    if not training:
        message = f"{params.valid_speakers} of {len(speakers)} speakers leave none for training; generate more speakers"
        raise BadParams(f"sim2real.universal.valid_speakers: {message}")
    shown = partial(views, params=params.sources, mixture=mixture, kinds=kinds)
    return SyntheticPopulation(
        [view for own, _, _ in training for frames in own for view in shown(frames)],
        [view for speaker in valid for frames in speakers[speaker][0] for view in shown(frames)],
        np.mean([mean for _, mean, _ in training], axis=0), np.mean([std for _, _, std in training], axis=0),
    )


def combinations(params: SourceParams, kinds: Sequence[str]) -> dict[str, float]:
    """Return combination of sources -> probability; without any kind of evidence, acoustics alone."""
    chosen = {text: weight for text, weight in params.weights.items() if weight > 0 and (kinds or text == evidence.ACOUSTICS)}
    if len(chosen) < (params.views if kinds else 1):
        fault = f"{len(chosen)} combinations of sources are fewer than the {params.views} views"
        raise BadParams(f"sim2real.universal.sources: {fault}; give more of them a weight above 0, or lower `views`")
    total = sum(chosen.values())
    return {text: weight / total for text, weight in chosen.items()}


def views(frames: Frames, params: SourceParams, mixture: Mapping[str, float], kinds: Sequence[str]) -> list[Frames]:
    """Return copies of the frames that differ in the combination of sources they keep, drawn without replacement.

    Known and recognized phones are blended and smoothed at random, as if recognizers of any accuracy had heard the sentence.
    """
    parts, rng = evidence.split(frames.acoustics, kinds), random_draws.rng(frames.id, "view")
    if not kinds:
        return [frames]
    shown = []
    for number in rng.choice(len(mixture), params.views, replace=False, p=list(mixture.values())):
        sources = list(mixture)[number]
        share = np.float32(1.0 if rng.random() < params.known else rng.random())
        phones = share * parts[kinds[-1]] + (1 - share) * parts[kinds[0]]  # of a single kind, the blend is that kind
        phones = evidence.smoothed(phones, int(rng.integers(params.blur + 1)))
        acoustics = parts[evidence.ACOUSTICS] if evidence.ACOUSTICS in sources else np.zeros_like(parts[evidence.ACOUSTICS])
        values = evidence.joined(acoustics, phones if evidence.PHONES in sources else None)
        shown.append(replace(frames, name=f"{frames.name}_{sources}", acoustics=values))
    return shown


def held_out_speakers(speakers: list[str], params: UniversalParams) -> list[str]:
    """Return the last speakers by number."""
    return by_number(speakers)[-params.valid_speakers:]


def held_out(folder: Path, params: UniversalParams) -> list[Frames]:
    """Return the frames of the speakers that training never uses; motion in mm."""
    return list(store.read(folder, Frames, held_out_speakers(store.speakers(folder), params).__contains__))


def fit(
    population: SyntheticPopulation, features: PopulationFeatureParams, params: UniversalParams, level: float,
    state: Path | None = None, *, workers: int = 0,
) -> tuple[Inverter, list[Trained]]:
    """Train networks with different initial weights on the synthetic population, and return their average as one model.

    Its intervals contain the share `level` of the errors on the validation speakers.
    """
    sizes = models.get(params.train.model).Sizes.of(params.sizes, "sim2real.universal.sizes")
    trained = list(imap(partial(_member, population, params, sizes, state), range(params.members), workers))
    inverter = Inverter(
        model="ensemble", sizes=Sizes(member=params.train.model, sizes=sizes.model_dump(), count=params.members),
        n_in=population.training[0].acoustics.shape[1], rate=float(features.rate),
        network=Ensemble([member.network for member in trained]),
        features=features.acoustics.model_dump(), normalization="utterance",
        evidence={evidence.PHONES: evidence.WIDTH} if features.phones.kinds else {},
        statistics={"mean": population.mean, "std": population.std},
        provenance={"origin": "synthetic", "seed": str(params.train.seed)},
    )
    return with_intervals(inverter, population.valid, level), trained


def _member(population: SyntheticPopulation, params: UniversalParams, sizes: Params, state: Path | None, number: int) -> Trained:
    chosen = params.train.model_copy(update={"seed": params.train.seed + number})
    return train(chosen, sizes, population.training, population.valid, state and state.with_suffix(f".{number}"))


def _normalized(frames: list[Frames]) -> tuple[list[Frames], np.ndarray, np.ndarray]:
    """Return one speaker's frames in z-scores, and the mean and standard deviation in mm."""
    motion = np.concatenate([utterance.motion for utterance in frames])
    mean, std = motion.mean(axis=0), motion.std(axis=0)
    return [replace(utterance, motion=(utterance.motion - mean) / std) for utterance in frames], mean, std

