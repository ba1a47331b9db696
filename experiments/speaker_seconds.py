"""Measure what seconds of a speaker's other, unlabelled speech are worth to the bundled model, the sound alone.

Run as `python -m experiments.speaker_seconds [--speakers 12] [--sentences 84]`. The acoustics of a test utterance are normalized
with the statistics of that utterance (0 s), as `artinv invert` does, or of so many seconds of other sentences of the speaker, as
`artinv invert --calibrate` does; "with": of both. Speakers are synthetic and follow those of pipelines/sim2real, so that no
model has seen them. The others are recorded in the same session as the test utterance, or each under conditions of its own. Real
recordings in data/real count if their speaker has several. The results are written to metrics/speaker_seconds.json.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from artinv.core import random_draws
from artinv.core.channels import derive
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.evaluate.real import cleaned
from artinv.evaluate.sim2real import POSITION_COLUMNS
from artinv.inversion.model import Model, load
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate
from artinv.runtime.progress import track
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.streaming import RecordingFeatures, recording_features, statistics
from artinv.synth.corpus.population import PopulationParams
from experiments import new_speakers
from experiments.new_speakers import Spoken

SECONDS = (0, 3, 10, 30, 60, 180)
TESTS, DRAWS = 6, 4
"""Test utterances of each speaker; random orders of the other sentences."""

PARTS = {"sentence": None, "second": 1.0}
"""What is inverted: a whole test sentence, or only its first second."""

PLACES = {"session": new_speakers.session, "apart": new_speakers.apart}


def sums(others: Sequence[RecordingFeatures], frames: int) -> np.ndarray:
    """Return the sums over the speech of the first `frames` frames of recordings in a row, as `RecordingFeatures.sums` does."""
    acoustics, speech = (np.concatenate([getattr(other, name) for other in others])[:frames] for name in ("acoustics", "speech"))
    return RecordingFeatures(acoustics, speech, 0, 0.0).sums()


def predicted(model: Model, features: RecordingFeatures, total: np.ndarray) -> np.ndarray:
    """Return the motion (K, 18), in standard deviations, of acoustics that are normalized with sums."""
    mean, std = statistics(total)
    return model.predictor.predict(evidence.joined((features.acoustics - mean) / std, None))


def pearson(motion: np.ndarray, guess: np.ndarray) -> float:
    """Return the mean Pearson correlation of the positions."""
    return float(np.nanmean(metrics.pearson(motion, guess)[POSITION_COLUMNS]))


def of_speaker(model: Model, spoken: Sequence[Spoken], seconds: Sequence[int], tests: int) -> dict[str, dict[str, list[float]]]:
    """Return part -> `others` and `with` -> Pearson for each number of seconds; the first `tests` sentences are tested."""
    rate = round(model.facts.rate)
    features = [recording_features([one.sound], rate, model.features) for one in spoken[tests:]]
    orders = [random_draws.rng(spoken[0].speaker, "order", draw).permutation(len(features)) for draw in range(DRAWS)]
    totals = [[sums([features[at] for at in order], rate * count) if count else None for order in orders] for count in seconds]
    scores: dict[str, dict[str, list[float]]] = {}
    for part, length in PARTS.items():
        rows = np.zeros((2, len(seconds), tests))
        for number, one in enumerate(spoken[:tests]):
            kept = one.sound[: round(length * SOUND_RATE)] if length else one.sound
            own = recording_features([kept], rate, model.features)
            truth = one.motion[: len(own.acoustics)]
            alone = pearson(truth, predicted(model, own, own.sums()))
            for row, total in enumerate(totals):
                each = [(predicted(model, own, other), predicted(model, own, other + own.sums()))
                        for other in total if other is not None]
                rows[:, row, number] = np.mean([[pearson(truth, guess) for guess in pair] for pair in each], 0) if each else alone
        scores[part] = {kind: row.mean(1).tolist() for kind, row in zip(("others", "with"), rows, strict=True)}
    return scores


def on_real(model: Model, folder: Path, cleaning: CleanParams, cutoff: float) -> dict[str, float]:
    """Return Pearson of real recordings with the statistics of their own, of the speaker's others, and of both.

    Speakers with a single recording do not count; without any other, there are no figures.
    """
    groups: dict[str, list[Spoken]] = {}
    for record, _ in cleaned(folder, cleaning, round(model.facts.rate), cutoff, {}) if folder.is_dir() else ():
        groups.setdefault(record.speaker_id, []).append(Spoken(record.speaker_id, record.sound, derive(record.coils)))
    rows, seconds = [], []
    for spoken in (group for group in groups.values() if len(group) > 1):
        every = [recording_features([one.sound], model.facts.rate, model.features) for one in spoken]
        for one, own in zip(spoken, every, strict=True):
            others = np.sum([other.sums() for other in every if other is not own], 0)
            rows.append([pearson(one.motion, predicted(model, own, total)) for total in (own.sums(), others, others + own.sums())])
            seconds.append(sum(other.samples for other in every if other is not own) / SOUND_RATE)
    if not rows:
        return {}
    return dict(zip(("own", "others", "with"), np.mean(rows, 0).tolist(), strict=True)) | {
        "recordings": len(rows), "seconds": float(np.mean(seconds))}


def summary(values: np.ndarray, draws: int = 2000) -> list[dict[str, Any]]:
    """Return for each column of values (speakers, n) the mean, the gain over the first column and its interval over speakers."""
    gain = values - values[:, :1]
    both = [interval(resample(rows, draws, 0), len(rows)) for rows in (values, gain)]
    return [{"pearson": float(values[:, at].mean()), "low": float(both[0][0][at]), "high": float(both[0][1][at]),
             "gain": {"mean": float(gain[:, at].mean()), "low": float(both[1][0][at]), "high": float(both[1][1][at])}}
            for at in range(values.shape[1])]


def main(speakers: int, sentences: int, tests: int, seconds: Sequence[int], workspace: Workspace) -> None:
    """Synthesize the speakers, measure, write the metrics file and print the table."""
    people, params = PopulationParams.load(workspace.params), PopulationFeatureParams.load(workspace.params)
    folder, model = workspace.root / new_speakers.FOLDER, load()
    new_speakers.write(folder, people, speakers, sentences)
    rows: dict[str, list[dict[str, dict[str, list[float]]]]] = {place: [] for place in PLACES}
    content: dict[str, Any] = {}
    spoken_seconds = []
    for _, utterances in track(new_speakers.read(workspace), "speakers", speakers):
        for place, recorded in PLACES.items():
            spoken = recorded(utterances, params)
            rows[place].append(of_speaker(model, spoken, seconds, tests))
            spoken_seconds.append(sum(len(one.sound) for one in spoken[tests:]) / SOUND_RATE)
    table = [["conditions", "part", "statistics of", *(f"{count} s" for count in seconds)]]
    for place, scores in rows.items():
        for part in PARTS:
            for kind in ("others", "with"):
                each = summary(np.array([score[part][kind] for score in scores]))
                named = {str(count): row for count, row in zip(seconds, each, strict=True)}
                content.setdefault(place, {}).setdefault(part, {})[kind] = named
                table.append([place, part, kind, *(f"{row['pearson']:.3f}" for row in each)])
    real = on_real(model, workspace.real, CleanParams.load(workspace.params), params.cutoff)
    facts = {"real": real, "speakers": speakers, "tests": tests, "orders": DRAWS, "least_other_seconds": min(spoken_seconds)}
    origin = stamp("mixed" if real else "synthetic", seed=people.seed)
    write_json(workspace.metrics / "speaker_seconds.json", facts | content | origin)
    print("\n".join(aligned(table)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.speaker_seconds")
    parser.add_argument("--speakers", type=int, default=12)
    parser.add_argument("--sentences", type=int, default=84)
    given = parser.parse_args()
    with gate():
        main(given.speakers, given.sentences, TESTS, SECONDS, Workspace())
