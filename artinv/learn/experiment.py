"""Train the model of an experiment, and a ridge regression as a baseline, on the training set of a split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, field_validator

from artinv.core.records import Frames, common_origin
from artinv.data.dataset import Dataset
from artinv.data.normalize import average
from artinv.data.splits import Split, speakers_of
from artinv.data.stats import Stats
from artinv.learn import models
from artinv.learn.evidence_dropout import EvidenceDropout
from artinv.learn.inverter import FILES, Inverter
from artinv.learn.models import ModelParams
from artinv.learn.train import Trained, TrainParams, train
from artinv.phones import evidence
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import BadData
from artinv.signal.warp import Warp


class ExperimentParams(TrainParams):
    """Training parameters of an experiment; a model without an entry in `pooled_epochs` uses `epochs` for several speakers too."""

    pooled_epochs: dict[str, Annotated[int, Field(ge=1)]]  # by model: replaces `epochs` when training on several speakers
    warp: float = Field(ge=0, le=0.5)  # largest relative change of vocal tract length, drawn per utterance
    without_phones: float = Field(ge=0, lt=1)  # share of utterances whose evidence of phones is dropped, drawn anew in every epoch

    @field_validator("pooled_epochs")
    @classmethod
    def _known(cls, epochs: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(epochs.keys() - set(models.names())):
            raise ValueError(f"unknown model '{unknown[0]}'; expected some of {models.names()}")
        return epochs

    def of_split(self, split: str) -> TrainParams:
        """Return the training parameters of one setting; an epoch over all speakers takes many times longer than over one."""
        epochs = self.epochs if split == "spec" else self.pooled_epochs.get(self.model, self.epochs)
        return TrainParams(**self.model_dump(exclude={"pooled_epochs", "warp", "without_phones"}) | {"epochs": epochs})


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model and the record of its training."""

    inverter: Inverter
    trained: Trained


@dataclass(frozen=True, slots=True)
class TrainData:
    """What a model is trained on: utterances to fit and to validate on, and the statistics of the speakers to fit on."""

    training: Sequence[Frames]
    valid: Sequence[Frames]
    stats: Sequence[Stats]  # of the training speakers

    @classmethod
    def of(cls, split: Split, data: Dataset) -> Self:
        """Read the train and validation sets of a split."""
        return cls(data.load(split.train), data.load(split.valid), list(data.stats(speakers_of(split.train)).values()))


def fit(
    split: Split, material: TrainData, params: ExperimentParams, sizes: ModelParams, features: InputParams, *, states: Path,
) -> dict[str, TrainedModel]:
    """Return the chosen model and the ridge regression, by file name; interrupted training resumes from a file in `states`."""
    training, valid = material.training, material.valid
    if (held := training[0].acoustics.shape[1] - len(material.stats[0].acoustic_std)) != features.evidence_values:
        fault = f"is '{features.phones}', but the normalized frames hold {held} values of evidence"
        raise BadData(f"features.phones: {fault}, not {features.evidence_values}; run `dvc repro`")
    mean, std = average(material.stats)
    warp = Warp.of(features, np.mean([speaker.acoustic_std for speaker in material.stats], axis=0), params.warp)
    share = params.without_phones if features.source else 0.0
    dropout = EvidenceDropout(features.evidence_values, share) if share else None
    origin = common_origin(frames.origin for frames in training)
    provenance = {"origin": origin, "split": split.split, "test_speaker": split.test_speaker, "seed": str(params.seed)}
    fits, chosen = {}, params.of_split(split.split)
    for file, fixed in FILES.items():
        name = fixed or chosen.model
        model_sizes = sizes.sizes(name)
        named, state = chosen.model_copy(update={"model": name}), states / f".{file}.state"
        trained = train(named, model_sizes, training, valid, state, warp=warp, dropout=dropout)
        inverter = Inverter(
            model=name, sizes=model_sizes, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=trained.network,
            features=features.acoustics.model_dump(), statistics={"mean": mean, "std": std}, provenance=provenance,
            evidence={evidence.PHONES: evidence.WIDTH} if features.source else {}, source=features.source,
        )
        fits[file] = TrainedModel(inverter, trained)
    return fits
