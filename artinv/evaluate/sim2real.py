"""From synthetic speakers to real ones: how well a model that has heard no real voice follows real tongues, lips and jaws."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.files import write_json
from artinv.core.provenance import made_by, versions
from artinv.core.records import Frames
from artinv.core.text import aligned, figure
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


def report(rows: dict[str, np.ndarray]) -> dict:
    """Figures for the metrics file: of each recording or speaker the positions and their mean; the same averaged over all."""
    values = np.stack(list(rows.values()))
    means = metrics.mean_over(values, "pearson")
    each = {name: _figures(mean, row) for name, mean, row in zip(rows, means, values, strict=True)}
    return {**_figures(means.mean(), metrics.average(values)), "of": each}


def save(kind: str, rows: dict[str, np.ndarray], inverter: Inverter) -> dict:
    """Write the headline for `dvc metrics` and all else for one of TITLES; returns all."""
    headline_file, details_file = FILES[kind]
    made = {"trained_on": inverter.provenance["origin"], "made_by": made_by(versions() | inverter.provenance)}
    scores = {kind: report(rows)}
    write_json(details_file, scores | made)
    write_json(headline_file, headline(scores | made))
    return scores


def headline(details: dict) -> dict:
    """The mean of each kind that the details hold, and where the model comes from."""
    means = {kind: {"pearson": details[kind]["pearson"]} for kind in TITLES if kind in details}
    return means | {fact: details[fact] for fact in ("trained_on", "made_by")}


def table(scores: dict) -> str:
    """What `report` gives, read back from the metrics files or not, by kind."""
    text = []
    for kind, title in TITLES.items():
        if kind in scores:
            lines = [*scores[kind]["of"].items(), ("mean", scores[kind])]
            rows = [
                [name, figure(row["pearson"], 2), *(figure(row["channels"].get(channel), 2) for channel in POSITIONS)]
                for name, row in lines
            ]
            text += [title, "", *aligned([["Pearson", "mean", *POSITIONS], *rows]), ""]
    return "\n".join(text)


def _figures(mean: float, values: np.ndarray) -> dict:
    named = {name: float(value) for name, value in zip(POSITIONS, values, strict=True) if np.isfinite(value)}
    return {"pearson": float(mean), "channels": named}
