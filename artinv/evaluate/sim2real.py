"""From synthetic speakers to real ones: how well a model that has heard no real voice follows real tongues, lips and jaws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.files import write_json
from artinv.core.provenance import made_by, versions
from artinv.core.records import Frames
from artinv.core.text import aligned, figure
from artinv.core.typed import Figure, Result
from artinv.learn.inverter import Inverter
from artinv.measure import metrics

POSITIONS = tuple(name for name in CHANNELS if name not in ("la", "lp", "ttcl", "tbcl"))
"""What coils measure; the other four trajectories follow from them."""

TITLES = {
    "synthetic": "Synthetic speakers whom training has not heard",
    "real": "Real recordings; training has heard synthetic speakers only",
}

FILES = {
    "synthetic": (Path("metrics/sim2real.json"), Path("metrics/sim2real_details.json")),
    "real": (Path("metrics/real.json"), Path("metrics/real_details.json")),
}
"""Headline and details, by kind; two pipelines write them, for only few have real recordings."""

POSITION_COLUMNS = np.array([name in POSITIONS for name in CHANNELS])


def on_synthetic(inverter: Inverter, frames: Sequence[Frames]) -> dict[str, np.ndarray]:
    """The same per synthetic speaker, averaged over the utterances."""
    predicted = inverter.predict_many([one.acoustics for one in frames])
    by_speaker: dict[str, list[np.ndarray]] = {}
    for one, motion in zip(frames, predicted, strict=True):
        by_speaker.setdefault(one.speaker, []).append(metrics.pearson(one.motion, motion)[POSITION_COLUMNS])
    return {speaker: metrics.average(np.stack(rows)) for speaker, rows in sorted(by_speaker.items())}


@dataclass(frozen=True, slots=True)
class Followed(Result):
    """How well a model follows one recording or speaker."""

    pearson: Figure  # mean over the positions
    channels: Mapping[str, Figure]  # position -> Pearson; without those that have no coil


@dataclass(frozen=True, slots=True)
class Group(Followed):
    """The same averaged over recordings or speakers, and of each of them."""

    of: Mapping[str, Followed]


@dataclass(frozen=True, slots=True)
class Sim2RealScores(Result):
    """Scores of one pipeline: on synthetic speakers or on real recordings."""

    trained_on: str  # origin of the training data
    made_by: str
    synthetic: Group | None = None
    real: Group | None = None

    @property
    def headline(self) -> dict:
        """The mean of each kind, and where the model comes from."""
        means = {kind: {"pearson": group.pearson} for kind, group in self.groups.items()}
        return means | {"trained_on": self.trained_on, "made_by": self.made_by}

    @property
    def groups(self) -> dict[str, Group]:
        """Kind -> scores, of the kinds that were scored."""
        return {kind: group for kind in TITLES if (group := getattr(self, kind))}


def scores_of(rows: Mapping[str, np.ndarray]) -> Group:
    """(14,) Pearson by recording or speaker -> scores."""
    values = np.stack(list(rows.values()))
    means = metrics.mean_over(values, "pearson")
    each = {name: Followed(float(mean), _named(row)) for name, mean, row in zip(rows, means, values, strict=True)}
    return Group(float(means.mean()), _named(metrics.average(values)), each)


def save(kind: str, rows: Mapping[str, np.ndarray], inverter: Inverter) -> Sim2RealScores:
    """Write the headline for `dvc metrics` and all else for one of TITLES; returns all."""
    headline_file, details_file = FILES[kind]
    scores = Sim2RealScores(
        trained_on=inverter.provenance["origin"], made_by=made_by(versions() | inverter.provenance), **{kind: scores_of(rows)},
    )
    scores.write(details_file)
    write_json(headline_file, scores.headline)
    return scores


def table(scores: Sim2RealScores) -> str:
    """A row per recording or speaker, and their mean."""
    text = []
    for kind, group in scores.groups.items():
        rows = [
            [name, figure(one.pearson, 2), *(figure(one.channels.get(channel), 2) for channel in POSITIONS)]
            for name, one in [*group.of.items(), ("mean", group)]
        ]
        text += [TITLES[kind], "", *aligned([["Pearson", "mean", *POSITIONS], *rows]), ""]
    return "\n".join(text)


def _named(values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(POSITIONS, values, strict=True) if np.isfinite(value)}
