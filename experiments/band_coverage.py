"""Measure how many true values the 90 % bands of the bundled model contain, on real recordings and on new synthetic speakers.

Run as `python -m experiments.band_coverage [FOLDER]`, for a folder of recordings as `make real` reads it (default: data/real),
after `python -m experiments.speaker_seconds`, which synthesizes the speakers. True motion is in standard deviations from the mean
of its own recording, because each real speaker has one or two sentences; for synthetic speakers also of 20 sentences, for which
the bands are made. `widening`: the factor on all margins with which the bands would contain 90 %. The results are written to
metrics/band_coverage.json.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from artinv.core.channels import derive
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.evaluate import known_phones
from artinv.evaluate.real import cleaned
from artinv.evaluate.sim2real import LABELS, POSITION_COLUMNS, RECOGNIZED
from artinv.inversion.model import Model, load
from artinv.measure import metrics
from artinv.measure.intervals import Interval
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams
from artinv.phones.recognition import recognized
from artinv.runtime.errors import gate
from artinv.signal.streaming import normalized_features
from experiments import new_speakers
from experiments.speaker_seconds import TESTS

SENTENCES = 20
"""Sentences of a synthetic speaker that its statistics are of, as in the population of pipelines/sim2real."""


class Band(NamedTuple):
    """What the model states of a recording, and the truth, (K, 18) each, in standard deviations."""

    truth: np.ndarray
    motion: np.ndarray
    margin: np.ndarray


def band(model: Model, acoustics: np.ndarray, phones: np.ndarray | None, truth: np.ndarray) -> Band:
    """Return the prediction and its margin, as `artinv invert` computes them at the model's frame rate."""
    interval = Interval.of(model.predictor.statistics)
    assert interval is not None  # the bundled model has one
    motion = evidence.predicted(model.predictor.predict, acoustics, phones)
    frames = min(len(truth), len(motion))
    margin = interval.margin(evidence.joined(acoustics, phones), motion)
    return Band(truth[:frames], motion[:frames], margin[:frames])


def standard(motion: np.ndarray, of: Sequence[np.ndarray]) -> np.ndarray:
    """Return motion (K, 18) in standard deviations from the mean of recordings; a channel that is missing there stays NaN."""
    known = np.concatenate(of)
    count = np.maximum(np.isfinite(known).sum(0), 1)
    mean = np.nansum(known, 0) / count
    std = np.sqrt(np.nansum(np.square(known - mean), 0) / count)
    return (motion - mean) / np.where(std > 0, std, np.nan)


def inside(band: Band, factor: float = 1.0) -> np.ndarray:
    """Return for each position (14,) the share of frames whose true value is within `factor` margins; NaN if not measured."""
    error = np.abs(band.truth - band.motion)[:, POSITION_COLUMNS]
    held = np.where(np.isfinite(error), error <= factor * band.margin[:, POSITION_COLUMNS], np.nan)
    return metrics.average(held)


def share(bands: Sequence[Band], factor: float = 1.0) -> float:
    """Return the mean coverage over recordings of the mean over their positions."""
    return float(np.mean([np.nanmean(inside(one, factor)) for one in bands]))


def widening(bands: Sequence[Band], level: float) -> float:
    """Return the factor on the margins with which the coverage is `level`, to two decimals."""
    low, high = 0.01, 20.0
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (middle, high) if share(bands, middle) < level else (low, middle)
    return round(high, 2)


def scores(bands: dict[str, Band], level: float) -> dict[str, object]:
    """Return coverage, widening and mean margin over recordings, and the coverage of each recording."""
    rows = list(bands.values())
    margin = float(np.mean([one.margin[:, POSITION_COLUMNS][np.isfinite(one.truth[:, POSITION_COLUMNS])].mean() for one in rows]))
    return {"coverage": share(rows), "widening": widening(rows, level), "margin": margin, "recordings": len(rows),
            "of": {name: share([one]) for name, one in bands.items()} if len(rows) < 10 else
            {"least": min(share([one]) for one in rows), "most": max(share([one]) for one in rows)}}


def of_real(model: Model, folder: Path, cleaning: CleanParams, cutoff: float) -> dict[str, dict[str, Band]]:
    """Return, by source, the band of each real recording; truth relative to its own mean and standard deviation."""
    bands: dict[str, dict[str, Band]] = {}
    labels = known_phones.bundle_labels(folder)
    for record, whole in cleaned(folder, cleaning, round(model.facts.rate), cutoff, {}):
        acoustics = normalized_features(record.sound, model.facts.rate, model.features)
        truth = derive(record.coils)
        sources: dict[str, np.ndarray | None] = {evidence.ACOUSTICS: None}
        sources[RECOGNIZED] = heard = recognized(record.sound, len(acoustics), model.facts.rate)
        if known := known_phones.labels_of(record, whole, labels):
            sources[LABELS] = evidence.blended(evidence.from_labels(known, len(acoustics), model.facts.rate, record.id), heard)
        for source, phones in sources.items():
            bands.setdefault(source, {})[record.id] = band(model, acoustics, phones, standard(truth, [truth]))
    return bands


def of_synthetic(model: Model, workspace: Workspace, params: PopulationFeatureParams) -> Iterator[tuple[str, str, str, Band]]:
    """Yield source, whose statistics, name and band of the test sentences of new speakers."""
    for name, utterances in new_speakers.read(workspace):
        spoken = new_speakers.apart(utterances[:SENTENCES], params)
        every = [one.motion for one in spoken]
        for number, one in enumerate(spoken[:TESTS]):
            acoustics = normalized_features(one.sound, model.facts.rate, model.features)
            heard = recognized(one.sound, len(acoustics), model.facts.rate)
            for whose, statistics in (("recording", [one.motion]), ("speaker", every)):
                truth = standard(one.motion, statistics)
                for source, phones in ((evidence.ACOUSTICS, None), (RECOGNIZED, heard)):
                    yield source, whose, f"{name}_{number + 1}", band(model, acoustics, phones, truth)


def main(real: Path, workspace: Workspace) -> None:
    """Measure, write the metrics file and print the table."""
    model, params = load(), PopulationFeatureParams.load(workspace.params)
    level = float(model.predictor.statistics["interval_level"][0])
    groups: dict[tuple[str, str], dict[str, Band]] = {}
    for source, whose, name, one in of_synthetic(model, workspace, params):
        groups.setdefault((f"synthetic_{whose}", source), {})[name] = one
    cleaning = CleanParams.load(workspace.params)
    for source, bands in of_real(model, checked_folder(real), cleaning, params.cutoff).items():
        groups["real", source] = bands
    content: dict[str, dict] = {}
    table = [["truth", "known", "coverage", "widening", "margin", "recordings"]]
    for (kind, source), bands in groups.items():
        content.setdefault(kind, {})[source] = row = scores(bands, level)
        table.append([kind, source, *(f"{row[key]:.2f}" for key in ("coverage", "widening", "margin")), str(len(bands))])
    write_json(workspace.metrics / "band_coverage.json", {"level": round(level, 6), **content} | stamp("mixed", seed=0))
    print("\n".join(aligned(table)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.band_coverage")
    parser.add_argument("folder", type=Path, nargs="?", default=Workspace().real)
    with gate():
        main(parser.parse_args().folder, Workspace())
