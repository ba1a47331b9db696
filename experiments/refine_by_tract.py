"""Measure what analysis by synthesis adds to the bundled model, the sound alone, with the head of an average person.

Run as `python -m experiments.refine_by_tract {choose,confirm,real}` after `python -m experiments.speaker_seconds`, which
synthesizes the speakers. `choose` compares settings on the six women of the new synthetic speakers; `confirm` uses the chosen one
on the six men, `real` on the recordings in data/real, once. The sources are estimated from the sound; the head, a neutral woman or
man, is chosen by pitch, and `own` is the head of the synthetic speaker: an upper bound. `mean` is the mean of the model's estimate
and of the fitted one. The results are written to metrics/refine_by_tract.json, which each part completes.
"""

import argparse
import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from artinv.core.channels import CHANNELS, COIL_COLUMNS, derive
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.evaluate.real import cleaned
from artinv.inversion.model import Model, load
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate
from artinv.runtime.progress import track
from artinv.signal.resample import at_frames
from artinv.signal.streaming import normalized_features
from artinv.synth.corpus.population import PopulationParams, person
from artinv.synth.fitting.breath import estimate_breath
from artinv.synth.fitting.fit import FitParams, fit
from artinv.synth.fitting.pitch import source_features
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import Prior
from artinv.synth.fitting.resynthesis import head_of, interpolate_at, is_high, neutral_head
from artinv.synth.tract.controls import FRAME_RATE, HOP
from artinv.synth.tract.render import Synth
from experiments import new_speakers

COMMON = {"steps": 60, "breath": 0.3}
SETTINGS = {"usual": FitParams.of(COMMON | {"anchor": 0.3}), "tight": FitParams.of(COMMON | {"anchor": 1.0})}
CHOSEN = "usual"
STAGES = ("model", "start", "fit", "mean")
SENTENCES = 2
"""Test sentences of each synthetic speaker."""

COILS = [CHANNELS.index(name) for name in COIL_COLUMNS]


class Case(NamedTuple):
    """A recording to refine; `speaker` is the synthetic speaker, or the recording of a person."""

    speaker: str
    sound: np.ndarray  # (samples,) at 16 kHz
    motion: np.ndarray  # (K, 18) mm; frame k is at the time k / rate
    acoustics: np.ndarray  # (K, values)


def refined(case: Case, model: Model, head: tuple[Synth, Prior] | None, params: FitParams, cutoff: float) -> dict[str, float]:
    """Return Pearson over the coils of each of STAGES, and the spectral distance in dB before and after the fit."""
    rate = model.facts.rate
    z = model.predictor.predict(evidence.joined(case.acoustics, None))
    sound = case.sound[: len(case.sound) // HOP * HOP]
    features = source_features(sound)
    synth, prior = head or neutral_head(is_high(features))
    place = np.arange(len(sound) // HOP) * rate / FRAME_RATE
    start = pose(prior.placed(interpolate_at(z, place)), synth.geometry, prior)
    fitted = fit(torch.from_numpy(sound), synth, estimate_breath(features), start, prior=prior, params=params)
    frames = min(len(case.motion), len(z))
    times = np.minimum(np.arange(frames) / rate, (len(start) - 1) / FRAME_RATE)
    coils = [(at_frames(values.double().numpy(), FRAME_RATE, 0.0, times, cutoff) - prior.coil_mean.numpy()) / prior.coil_std.numpy()
             for values in (synth.geometry.coils(start), fitted.coils)]
    guess = [z[:frames, COILS], *coils, (z[:frames, COILS] + coils[1]) / 2]
    truth = case.motion[:frames, COILS]
    scores = {stage: float(np.nanmean(metrics.pearson(truth, each))) for stage, each in zip(STAGES, guess, strict=True)}
    return scores | {"db_before": float(fitted.history[0]), "db_after": float(fitted.history[-1])}


def synthetic(model: Model, workspace: Workspace, part: slice) -> Iterator[Case]:
    """Yield test sentences of some of the new speakers, each under its own acoustic conditions."""
    params = PopulationFeatureParams.load(workspace.params)
    for name, utterances in list(new_speakers.read(workspace))[part]:
        for spoken in new_speakers.apart(utterances[:SENTENCES], params):
            yield Case(name, spoken.sound, spoken.motion, normalized_features(spoken.sound, model.facts.rate, model.features))


def real(model: Model, workspace: Workspace) -> Iterator[Case]:
    """Yield the real recordings of a project."""
    cleaning, cutoff = CleanParams.load(workspace.params), PopulationFeatureParams.load(workspace.params).cutoff
    for record, _ in cleaned(checked_folder(workspace.real), cleaning, round(model.facts.rate), cutoff, {}):
        acoustics = normalized_features(record.sound, model.facts.rate, model.features)
        yield Case(record.id, np.asarray(record.sound, np.float32), derive(record.coils), acoustics)


def summary(rows: list[tuple[str, dict[str, float]]], draws: int = 2000) -> dict[str, object]:
    """Return means over speakers, and the gains over the model with intervals over speakers; `rows`: speaker and scores."""
    names = list(dict.fromkeys(name for name, _ in rows))
    keys = list(rows[0][1])
    values = np.array([np.mean([[row[key] for key in keys] for own, row in rows if own == name], 0) for name in names])
    gain = values[:, 1:4] - values[:, :1]
    low, high = interval(resample(gain, draws, 0), len(gain))
    means = dict(zip(keys, values.mean(0).tolist(), strict=True))
    gains = {stage: {"mean": float(gain[:, at].mean()), "low": float(low[at]), "high": float(high[at]),
                     "better": int((gain[:, at] > 0).sum())} for at, stage in enumerate(STAGES[1:])}
    each = {name: dict(zip(keys, row.tolist(), strict=True)) for name, row in zip(names, values, strict=True)}
    return {**means, "gain": gains, "speakers": len(names), "recordings": len(rows), "of": each}


def main(part: str, settings: list[str], workspace: Workspace) -> None:
    """Measure one part, add it to the metrics file and print it."""
    torch.set_num_threads(1)
    model, people = load(), PopulationParams.load(workspace.params)
    cutoff = PopulationFeatureParams.load(workspace.params).cutoff
    cases = list(real(model, workspace) if part == "real" else
                 synthetic(model, workspace, slice(6) if part == "choose" else slice(6, None)))
    heads = ("neutral", "own") if part == "confirm" else ("neutral",)
    found: dict[str, dict] = {}
    for setting in settings if part == "choose" else [CHOSEN]:
        for head in heads:
            rows = []
            for case in track(cases, f"{setting} {head}", len(cases)):
                own = head_of(person(people, case.speaker)) if head == "own" else None
                rows.append((case.speaker, refined(case, model, own, SETTINGS[setting], cutoff)))
            found[setting if part == "choose" else head] = summary(rows)
    path = workspace.metrics / "refine_by_tract.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    merged = content.get(part, {}) | found if part == "choose" else found
    facts = {"chosen": CHOSEN, "steps": SETTINGS[CHOSEN].steps, "anchor": SETTINGS[CHOSEN].anchor}
    write_json(path, content | {part: merged} | facts | stamp("mixed", seed=SETTINGS[CHOSEN].seed))
    table = [[part, *STAGES, "dB before", "dB after"]]
    table += [[name, *(f"{row[key]:.3f}" for key in STAGES), f"{row['db_before']:.2f}", f"{row['db_after']:.2f}"]
              for name, row in found.items()]
    print("\n".join(aligned(table)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.refine_by_tract")
    parser.add_argument("part", choices=("choose", "confirm", "real"))
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    given = parser.parse_args()
    with gate():
        main(given.part, given.settings, Workspace())
