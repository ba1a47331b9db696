"""Analyse the layers of one fold of leave-one-speaker-out: probes, metrics of disentanglement, and removal of the speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from artinv.core import random_draws
from artinv.core.provenance import made_by, versions
from artinv.core.records import Frames
from artinv.data.dataset import Dataset
from artinv.data.splits import Split, speakers_of
from artinv.factors.disentanglement import MetricParams, measure
from artinv.factors.layers.layer import Layer
from artinv.factors.layers.points import points_of
from artinv.factors.layers.results import FoldLayers, LayerScores, Removal
from artinv.factors.layers.taps import Edit, activations, edited
from artinv.learn.inverter import Inverter
from artinv.measure import metrics
from artinv.runtime.errors import BadData
from artinv.runtime.params import ProfileParams


class LayerParams(ProfileParams):
    """What is analysed, and how."""

    section: ClassVar[str] = "layers"
    run: str  # of leave one speaker out, SETTING-MODEL
    folds: list[str] = Field(min_length=1)  # unseen speakers; pipelines/layers/dvc.yaml reads the list as well
    utterances: int = Field(ge=2)  # of each training speaker; half of them fit the probes, the others test them
    unseen: int = Field(ge=1)  # utterances of the unseen speaker, at most
    points: int = Field(ge=10)  # of each speaker, at most
    bins: int = Field(ge=2)  # levels of a trajectory as a factor of the metrics
    penalty: float = Field(gt=0)  # of the probes
    ranks: list[int] = Field(min_length=1)  # numbers of directions that are removed
    seed: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Material:
    """The utterances of a fold."""

    inverter: Inverter
    seen: Sequence[Frames]  # of the training speakers
    unseen: Sequence[Frames]  # of the test speaker
    speaker: str
    origin: str

    @classmethod
    def read(cls, folder: Path, data: Dataset, params: LayerParams) -> Self:
        """Read the model of a fold, and draw utterances."""
        inverter, split = Inverter.load(folder / "inverter.safetensors"), Split.load(folder / "split.json")
        chosen = []
        for speaker in speakers_of(split.train):
            own = [id_ for id_ in split.train if id_.speaker == speaker]
            order = random_draws.rng("layers", speaker, params.seed).permutation(len(own))
            chosen += [own[at] for at in order[:params.utterances]]
        order = random_draws.rng("layers", split.test_speaker, params.seed).permutation(len(split.test))
        tested = [split.test[at] for at in np.sort(order[:params.unseen])]
        return cls(inverter, data.load(chosen), data.load(tested), str(split.test_speaker), split.origin)


def analyse(material: Material, params: LayerParams, battery: MetricParams) -> FoldLayers:
    """Return what each layer knows, and what its change does to the unseen speaker."""
    inverter, rng = material.inverter, random_draws.rng("layers", material.speaker, params.seed)
    seen = points_of(material.seen, inverter.step, params.points, rng)
    unseen = points_of(material.unseen, inverter.step, params.points * 4, rng)
    if len(np.unique(seen.speakers)) < 3:
        raise BadData(f"{material.speaker}: its fold has fewer than three training speakers; add speakers")
    values, others = (activations(inverter, [frames.acoustics for frames in part]) for part in (material.seen, material.unseen))
    first, before, layers = _first_halves(material.seen)[seen.utterances], _pearson(material), {}
    for name, own in values.items():
        layer, everything = Layer(seen.of(own), seen, first, params.penalty), np.concatenate(others[name])
        edits = layer.edits(everything, params.ranks, rng)
        layers[name] = LayerScores(
            layer.values.shape[1], layer.probes(), layer.transfer(unseen.of(others[name]), unseen),
            measure(layer.coded(params.bins), battery),
            {change: _removal(material, name, layer, edit) for change, edit in edits.items()},
        )
    return FoldLayers(
        material.speaker, material.origin, made_by({**versions(), "seed": params.seed}), params.run, len(np.unique(seen.speakers)),
        len(seen.steps), len(material.unseen), *before, layers,
    )


def _first_halves(utterances: Sequence[Frames]) -> np.ndarray:
    """Return (utterances,) bool, True for the first half of each speaker's."""
    first = np.zeros(len(utterances), bool)
    speakers = np.array([str(frames.speaker_id) for frames in utterances])
    for speaker in np.unique(speakers):
        own = np.flatnonzero(speakers == speaker)
        first[own[:-(-len(own) // 2)]] = True
    return first


def _removal(material: Material, name: str, layer: Layer, edit: Edit) -> Removal:
    """Measure a change of a layer: Pearson of the unseen speaker, and what a probe still knows of the training speakers.

    A shift of the unseen speaker's mean does not concern the training speakers.
    """
    with edited(material.inverter, name, edit):
        pearson = _pearson(material)
    return Removal(*pearson, layer.speaker(edit))


def _pearson(material: Material) -> tuple[float, float]:
    """Return the mean correlation over the 18 trajectories and over 12 coordinates, as leave one speaker out reports it."""
    motions = material.inverter.predict_many([frames.acoustics for frames in material.unseen])
    pairs = zip(material.unseen, motions, strict=True)
    means = metrics.average(np.stack([metrics.pearson(frames.motion, motion) for frames, motion in pairs]))
    return float(metrics.mean_over(means, "pearson")), float(metrics.mean_over(means, "pearson_coils"))
