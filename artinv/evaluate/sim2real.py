"""Transfer from synthetic to real speech: Pearson of a model trained on synthetic speakers only, by speaker or recording."""

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
from artinv.core.workspace import Workspace
from artinv.learn.inverter import Inverter
from artinv.measure import metrics
from artinv.phones import evidence

POSITIONS = tuple(name for name in CHANNELS if name not in ("la", "lp", "ttcl", "tbcl"))
"""Channels measured by coils; the other four are computed from them."""

TITLES = {
    "synthetic": "Synthetic speakers not used in training",
    "real": "Real recordings; the model is trained on synthetic speakers only",
}

POSITION_COLUMNS = np.array([name in POSITIONS for name in CHANNELS])


RECOGNIZED, TIMED, LABELS, WORDS = (f"{evidence.ACOUSTICS}+{kind}" for kind in (*evidence.KINDS, "labels", "words"))
"""Keys of scores by source: acoustics, and phones that are recognized, known, labelled or aligned."""

SOURCES = (evidence.ACOUSTICS, RECOGNIZED, TIMED, WORDS, LABELS)
"""All of them, in the order of tables."""

Rows = dict[str, np.ndarray]
"""Speaker or recording -> Pearson correlations (14,) of the positions."""


def on_synthetic(inverter: Inverter, frames: Sequence[Frames], kinds: Sequence[str]) -> dict[str, Rows]:
    """Return, by source, the correlations of each synthetic speaker, averaged over the utterances.

    `kinds` of evidence stand beside the acoustics of the frames.
    """
    rows = {evidence.ACOUSTICS: _by_speaker(inverter, frames, kinds, None)}
    known = kinds if inverter.evidence else ()
    return rows | {f"{evidence.ACOUSTICS}+{kind}": _by_speaker(inverter, frames, kinds, kind) for kind in known}


def _by_speaker(inverter: Inverter, frames: Sequence[Frames], kinds: Sequence[str], kind: str | None) -> Rows:
    parts = [evidence.split(utterance.acoustics, kinds) for utterance in frames]
    predicted = [predict(inverter, each[evidence.ACOUSTICS], _phones(each, kind)) for each in parts]
    by_speaker: dict[str, list[np.ndarray]] = {}
    for utterance, motion in zip(frames, predicted, strict=True):
        correlations = metrics.pearson(utterance.motion, motion)[POSITION_COLUMNS]
        by_speaker.setdefault(utterance.speaker, []).append(correlations)
    return {speaker: metrics.average(np.stack(rows)) for speaker, rows in sorted(by_speaker.items())}


def _phones(parts: Mapping[str, np.ndarray], kind: str | None) -> np.ndarray | None:
    if kind == "timed":
        return evidence.blended(parts[kind], parts.get("recognized"))
    return parts[kind] if kind else None


def predict(inverter: Inverter, acoustics: np.ndarray, phones: np.ndarray | None) -> np.ndarray:
    """Return the trajectories (K, 18) that a model with or without a place for phones predicts."""
    if not inverter.evidence:
        return inverter.predict(acoustics)
    return evidence.predicted(inverter.predict, acoustics, phones, phones_alone=not inverter.source)


@dataclass(frozen=True, slots=True)
class Correlations(Result):
    """Pearson correlations of one recording or speaker."""

    pearson: Figure  # mean over the positions
    channels: Mapping[str, Figure]  # position -> Pearson; without positions that were not measured


@dataclass(frozen=True, slots=True)
class CorrelationGroup(Correlations):
    """Pearson correlations averaged over recordings or speakers, and those of each."""

    of: Mapping[str, Correlations]


@dataclass(frozen=True, slots=True)
class Sim2RealScores(Result):
    """Scores of one pipeline: on synthetic speakers or on real recordings."""

    trained_on: str  # origin of the training data
    made_by: str
    synthetic: CorrelationGroup | None = None
    real: CorrelationGroup | None = None
    by_source: Mapping[str, CorrelationGroup] | None = None  # what is known of a recording -> scores

    @property
    def headline(self) -> dict:
        """Mean of each kind and of each source, and the origin of the model."""
        means: dict = {kind: {"pearson": group.pearson} for kind, group in self.groups.items()}
        if self.by_source:
            means["pearson_by_source"] = {source: group.pearson for source, group in self.by_source.items()}
        return means | {"trained_on": self.trained_on, "made_by": self.made_by}

    @property
    def groups(self) -> dict[str, CorrelationGroup]:
        """Kind -> scores, for the kinds that were scored."""
        return {kind: group for kind in TITLES if (group := getattr(self, kind))}


def scores_of(rows: Mapping[str, np.ndarray]) -> CorrelationGroup:
    """(14,) Pearson by recording or speaker -> scores."""
    values = np.stack(list(rows.values()))
    means = metrics.mean_over(values, "pearson")
    each = {name: Correlations(float(mean), _named(row)) for name, mean, row in zip(rows, means, values, strict=True)}
    return CorrelationGroup(float(means.mean()), _named(metrics.average(values)), each)


def files_of(kind: str, workspace: Workspace) -> tuple[Path, Path]:
    """Return the files of the headline and of the details. Each kind has its own pipeline: few users have real recordings."""
    return {
        "synthetic": (workspace.sim2real_scores, workspace.sim2real_details),
        "real": (workspace.real_scores, workspace.real_details),
    }[kind]


def save(kind: str, rows: Mapping[str, Rows], inverter: Inverter, workspace: Workspace) -> Sim2RealScores:
    """Write the headline for `dvc metrics` and the details; return the scores. `kind` is a key of TITLES.

    `rows` are by source; the main scores are those of the sound alone, with a recognizer if the model takes one.
    """
    headline_file, details_file = files_of(kind, workspace)
    by_source = {source: scores_of(values) for source, values in rows.items() if values}
    alone = by_source[RECOGNIZED if RECOGNIZED in by_source else evidence.ACOUSTICS]
    scores = Sim2RealScores(
        trained_on=inverter.provenance["origin"], made_by=made_by(versions() | inverter.provenance), by_source=by_source,
        **{kind: alone},
    )
    scores.write(details_file)
    write_json(headline_file, scores.headline)
    return scores


def table(scores: Sim2RealScores) -> str:
    """Return the scores as text: a row per recording or speaker, and their mean."""
    text = []
    for kind, group in scores.groups.items():
        rows = [
            [name, figure(row.pearson, 2), *(figure(row.channels.get(channel), 2) for channel in POSITIONS)]
            for name, row in [*group.of.items(), ("mean", group)]
        ]
        text += [TITLES[kind], "", *aligned([["Pearson", "mean", *POSITIONS], *rows]), ""]
    if scores.by_source:
        known = {source: scores.by_source[source] for source in SOURCES if source in scores.by_source}
        rows = [[source, figure(scored.pearson, 2), str(len(scored.of))] for source, scored in known.items()]
        text += ["By what is known", "", *aligned([["", "Pearson", "count"], *rows]), ""]
    return "\n".join(text)


def _named(values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(POSITIONS, values, strict=True) if np.isfinite(value)}
