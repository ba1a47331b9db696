"""Fit the model of an experiment, and ridge regression beside it, on a split's train set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from artinv.core.records import common_origin
from artinv.data.dataset import load, load_stats
from artinv.data.normalize import average
from artinv.data.splits import Split, speakers_of
from artinv.learn import models
from artinv.learn.inverter import FILES, Inverter
from artinv.learn.models import ModelParams
from artinv.learn.train import Trained, TrainParams, train
from artinv.signal.features import FeatureParams
from artinv.signal.warp import Warp


class ExperimentParams(TrainParams):
    """How the model of an experiment is trained; what is not named for several speakers is trained as for one."""

    pooled_epochs: dict[str, Annotated[int, Field(ge=1)]]  # instead of `epochs`, by model, where several speakers are learned from
    warp: float = Field(ge=0, le=0.5)  # vocal tracts are up to this share longer and shorter than in truth, utterance by utterance

    @field_validator("pooled_epochs")
    @classmethod
    def _known(cls, epochs: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(epochs.keys() - set(models.names())):
            raise ValueError(f"unknown model '{unknown[0]}'; expected some of {models.names()}")
        return epochs

    def of_split(self, split: str) -> TrainParams:
        """What holds for one of the settings; an epoch over all speakers is many times as long as one over a single speaker."""
        epochs = self.epochs if split == "spec" else self.pooled_epochs.get(self.model, self.epochs)
        return TrainParams(**self.model_dump(exclude={"pooled_epochs", "warp"}) | {"epochs": epochs})


@dataclass(frozen=True, slots=True)
class Fit:
    """A model that is ready to use, and how it was trained."""

    inverter: Inverter
    trained: Trained

    @property
    def facts(self) -> dict[str, float]:
        """What is tracked of a training."""
        best = self.trained.best
        return {"epochs": len(self.trained.curve), "best_epoch": best.epoch, "train_loss": best.train, "valid_loss": best.valid,
                "parameters": self.trained.parameters}


def fit(
    split: Split, params: ExperimentParams, sizes: ModelParams, features: FeatureParams, states: Path,
) -> dict[str, Fit]:
    """The chosen model and ridge regression by the names of their files; `states` is where interrupted training goes on from."""
    training, valid = load(split.train), load(split.valid)
    stats = load_stats(speakers_of(split.train)).values()
    mean, std = average(stats)
    warp = Warp.of(features, np.mean([one.acoustic_std for one in stats], axis=0), params.warp)
    origin = common_origin(frames.origin for frames in training)
    provenance = {"origin": origin, "split": split.split, "test_speaker": split.test_speaker, "seed": str(params.seed)}
    fits, chosen = {}, params.of_split(split.split)
    for file, fixed in FILES.items():
        name = fixed or chosen.model
        own = sizes.sizes(name)
        trained = train(chosen.model_copy(update={"model": name}), own, training, valid, states / f".{file}.state", warp=warp)
        inverter = Inverter(
            model=name, sizes=own, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=trained.network,
            features=features.model_dump(), statistics={"mean": mean, "std": std}, provenance=provenance,
        )
        fits[file] = Fit(inverter, trained)
    return fits
