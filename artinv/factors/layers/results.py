"""Results of the analysis of layers, as they are written to data/layers and metrics/layers.json, and their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core.text import aligned
from artinv.core.typed import Figure, Result
from artinv.factors.disentanglement import Scores
from artinv.factors.disentanglement.metrics import NAMES

JOB = "make layers"

SHOWN = ("speaker", "speaker of an utterance", "sex", "phone", "trajectories")
"""Probes in the tables; those of single trajectories are in the file."""


_ORDER = ("input", "dense", "recurrent", "output", "erase", "random", "centre")


def in_order(names: Iterable[str]) -> list[str]:
    """Return layers from the input to the output, or changes by kind; files hold them by name.

    >>> in_order(["output", "dense 10", "recurrent 1", "dense 2"]), in_order(["centre", "random 4", "erase 18", "erase 4"])
    (['dense 2', 'dense 10', 'recurrent 1', 'output'], ['erase 4', 'erase 18', 'random 4', 'centre'])
    """
    def place(name: str) -> tuple[int, int]:
        kind, _, number = name.partition(" ")
        return _ORDER.index(kind), int(number or 0)

    return sorted(names, key=place)


@dataclass(frozen=True, slots=True)
class Removal:
    """Effect of a change of one layer on the unseen speaker, whose utterances are predicted again."""

    pearson: Figure  # mean over the 18 trajectories
    pearson_coils: Figure  # mean over the 12 coordinates of tongue, jaw and lips
    speaker: Figure  # linear probe of the training speakers on the changed layer, 0 chance to 1


@dataclass(frozen=True, slots=True)
class LayerScores:
    """What one layer of one fold knows."""

    width: int
    probes: dict[str, Figure]  # factor -> score of a linear probe; speakers of the training set, utterances not fitted on
    unseen: dict[str, Figure]  # the same probes of phone and trajectories on the unseen speaker
    metrics: Scores
    removals: dict[str, Removal]  # name of the change


@dataclass(frozen=True, slots=True)
class FoldLayers(Result):
    """The layers of the inverter that was trained without one speaker."""

    speaker: str
    origin: str
    made_by: str
    run: str
    speakers: int  # training speakers
    points: int
    unseen_utterances: int
    pearson: Figure  # of the unchanged inverter on the unseen speaker
    pearson_coils: Figure
    layers: dict[str, LayerScores]


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over folds or seeds."""

    median: Figure
    low: Figure
    high: Figure
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarize values; those that are missing do not count."""
        known = [value for value in values if np.isfinite(value)]
        if not known:
            return cls(np.nan, np.nan, np.nan, 0)
        return cls(float(np.median(known)), float(min(known)), float(max(known)), len(known))

    def text(self, digits: int = 3) -> str:
        """Return the median and the range as text."""
        return f"{self.median:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]" if self.count else "-"


@dataclass(frozen=True, slots=True)
class RemovalSummary:
    """Effect of one change over folds: changed less unchanged."""

    gain: Spread  # of Pearson, 18 trajectories
    gain_coils: Spread  # of Pearson, 12 coordinates
    better: int  # folds whose Pearson rises
    speaker: Spread  # linear probe of the speaker on the changed layer


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer over folds."""

    width: int
    probes: dict[str, Spread]
    unseen: dict[str, Spread]
    metrics: dict[str, Spread]
    removals: dict[str, RemovalSummary]


@dataclass(frozen=True, slots=True)
class Layers(Result):
    """The layers over the folds of leave-one-speaker-out."""

    origin: str
    made_by: str
    run: str
    speakers: list[str]  # the unseen speaker of each fold
    points: int  # of all folds
    pearson: Spread  # of the unchanged inverters
    pearson_coils: Spread
    layers: dict[str, LayerSummary]


def summarise(folds: Sequence[FoldLayers]) -> Layers:
    """Combine folds; all have the same layers."""
    first = folds[0]
    layers = {}
    for name in in_order(first.layers):
        own = first.layers[name]
        each = [fold.layers[name] for fold in folds]
        removals = {}
        for change in in_order(own.removals):
            after = [layer.removals[change] for layer in each]
            gains = [removal.pearson - fold.pearson for removal, fold in zip(after, folds, strict=True)]
            coils = [removal.pearson_coils - fold.pearson_coils for removal, fold in zip(after, folds, strict=True)]
            known = Spread.of([removal.speaker for removal in after])
            removals[change] = RemovalSummary(Spread.of(gains), Spread.of(coils), sum(gain > 0 for gain in gains), known)
        layers[name] = LayerSummary(
            own.width,
            {factor: Spread.of([layer.probes[factor] for layer in each]) for factor in own.probes},
            {factor: Spread.of([layer.unseen[factor] for layer in each]) for factor in own.unseen},
            {metric: Spread.of([getattr(layer.metrics, metric) for layer in each]) for metric in NAMES},
            removals,
        )
    return Layers(
        first.origin, first.made_by, first.run, [fold.speaker for fold in folds], sum(fold.points for fold in folds),
        Spread.of([fold.pearson for fold in folds]), Spread.of([fold.pearson_coils for fold in folds]), layers,
    )


def table(result: Layers) -> str:
    """Return the tables that a run prints."""
    probes = [["linear probe", "width", *SHOWN, "unseen: phone", "unseen: trajectories"]]
    removals = [["change", "layer", "Pearson", "12 coils", "folds better", "speaker after"]]
    for name in in_order(result.layers):
        layer = result.layers[name]
        cells = (layer.probes[factor] for factor in SHOWN)
        others = (layer.unseen[factor] for factor in ("phone", "trajectories"))
        probes.append([name, str(layer.width), *(spread.text(2) for spread in (*cells, *others))])
        for change in in_order(layer.removals):
            effect = layer.removals[change]
            removals.append([change, name, effect.gain.text(4), effect.gain_coils.text(4),
                             f"{effect.better} of {len(result.speakers)}", effect.speaker.text(2)])
    head = (f"layers of {result.run}, {result.origin.upper()} speakers, {len(result.speakers)} folds of one training each: medians "
            f"and ranges over folds; Pearson of the unseen speaker {result.pearson.text()}, 12 coils {result.pearson_coils.text()}")
    return "\n".join([head, *aligned(probes), "change of Pearson of the unseen speaker:", *aligned(removals, left=2)])
