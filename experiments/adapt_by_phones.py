"""Measure `artinv adapt-to`: what the sound of people, without motion, adds to the bundled model.

Run as `python -m experiments.adapt_by_phones {real,synthetic} [--speech FOLDER] [--digits FOLDER]`. `real` adapts the model with
real speech (`--speech`: sentences, whose words are in a table utterances.tsv beside them; `--digits`: single words) and scores it
on the recordings in data/real, by other speakers, as `make real` does. Three seeds; a smaller amount is drawn anew for each.
`synthetic` adapts it to each of 12 new synthetic speakers with other sentences of theirs, after `python -m
experiments.speaker_seconds`, which synthesizes them. The results are written to metrics/adapt_by_phones.json, which each part
completes.
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.evaluate.real import on_real
from artinv.evaluate.sim2real import LABELS, POSITION_COLUMNS, RECOGNIZED, predict, scores_of
from artinv.inversion.bulk import sounds_in
from artinv.inversion.heard import hear
from artinv.inversion.model import BUNDLED, Model, load
from artinv.inversion.phones import Known
from artinv.learn.export import graph_of
from artinv.learn.graph_weights import inverter_of
from artinv.learn.inverter import Inverter
from artinv.learn.unlabelled import adapt_to_sound
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.phones import evidence
from artinv.phones.evidence import Heard
from artinv.phones.population import PopulationFeatureParams
from artinv.phones.recognition import recognized
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.signal.streaming import normalized_features
from experiments import band_coverage, new_speakers
from experiments.speaker_seconds import TESTS

SEEDS = (0, 1, 2)
MINUTES = (1, 3, 10)
"""Smaller amounts of the sentences."""

OTHERS = 20
"""Sentences of a synthetic speaker for adaptation."""

SOURCES = (evidence.ACOUSTICS, RECOGNIZED, LABELS)


class Material(NamedTuple):
    """A folder of speech as the bundled model sees it."""

    title: str
    recordings: list[Heard]


def texts_beside(folder: Path) -> dict[str, str]:
    """Return utterance -> words of a table beside a folder; without a table nothing."""
    table = folder.parent / "utterances.tsv"
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["utterance"]: row["text"] for row in csv.DictReader(lines, delimiter="\t")}


def listen(model: Model, texts: Mapping[str, str], sound: Path) -> Heard | None:
    """Return a recording with its words, as `artinv adapt-to --text-files` does."""
    return hear(sound, model, Known(text=texts.get(sound.stem, "")))[0]


def materials(model: Model, speech: Path, digits: Path) -> Iterator[Material]:
    """Yield what the model is adapted with."""
    texts = texts_beside(speech)
    for title, folder, words in (("sentences", speech, {}), ("sentences with words", speech, texts), ("digits", digits, {})):
        sounds = sounds_in(folder)
        found = track(imap(partial(listen, model, words), sounds), title, len(sounds))
        yield Material(title, [recording for recording in found if recording])


def drawn(recordings: Sequence[Heard], minutes: float, rate: float, seed: int) -> list[Heard]:
    """Return recordings in random order, until they are so long."""
    chosen: list[Heard] = []
    for number in np.random.default_rng(seed).permutation(len(recordings)):
        if sum(len(one.acoustics) for one in chosen) >= 60 * rate * minutes:
            break
        chosen.append(recordings[number])
    return chosen


def scored(inverter: Inverter, workspace: Workspace) -> dict[str, object]:
    """Return Pearson on the real recordings by source, and the share of values within the bands of the sound alone."""
    cleaning, cutoff = CleanParams.load(workspace.params), PopulationFeatureParams.load(workspace.params).cutoff
    rows, _ = on_real(inverter, checked_folder(workspace.real), cleaning, cutoff)
    groups = {source: scores_of(rows[source]) for source in SOURCES}
    bands = band_coverage.of_real(in_memory(inverter), workspace.real, cleaning, cutoff)
    return {"mean": {source: group.pearson for source, group in groups.items()},
            "of": {source: {name: each.pearson for name, each in group.of.items()} for source, group in groups.items()},
            "coverage": {source: band_coverage.share(list(bands[source].values())) for source in SOURCES}}


def in_memory(inverter: Inverter) -> Model:
    """Return a model as `artinv invert` would load it."""
    graph = graph_of(inverter)
    return Model(Predictor.of(graph, "adapted"), BUNDLED, hashlib.sha256(graph).hexdigest())


def over_seeds(results: Sequence[Mapping]) -> dict[str, object]:
    """Return the means of equal results of several seeds, and the spread of the main figures."""
    def mean(values: Sequence) -> object:
        if isinstance(values[0], Mapping):
            return {key: mean([value[key] for value in values]) for key in values[0]}
        return float(np.mean(values))

    spread = {source: float(np.std([result["mean"][source] for result in results], ddof=1)) for source in SOURCES}
    return {key: mean([result[key] for result in results]) for key in results[0]} | {"spread": spread}


def on_people(workspace: Workspace, speech: Path, digits: Path) -> dict[str, object]:
    """Return scores on real recordings before and after adaptation, by material."""
    model = load()
    inverter = inverter_of(model.predictor, model.path)
    known = list(materials(model, speech, digits))
    work = [(material.title, material.recordings, seed) for material in known for seed in SEEDS]
    work += [(f"{minutes} min", drawn(known[0].recordings, minutes, inverter.rate, seed), seed)
             for minutes in MINUTES for seed in SEEDS]
    work += [("sentences and digits", [*known[0].recordings, *known[2].recordings], seed) for seed in SEEDS]
    results: dict[str, list] = {}
    for title, recordings, seed in track(work, "adapt", len(work)):
        found = adapt_to_sound(inverter, recordings, seed=seed)
        agreement = {"before": found.before, "after": found.after}
        minutes = sum(len(one.acoustics) for one in recordings) / inverter.rate / 60
        row = scored(found.inverter, workspace) | {"agreement": agreement, "recordings": len(recordings), "minutes": minutes}
        results.setdefault(title, []).append(row)
    means = {title: over_seeds(rows) for title, rows in results.items()}
    return {"model": scored(inverter, workspace), "seeds": len(SEEDS), **means}


def on_synthetic(workspace: Workspace) -> dict[str, object]:
    """Return the means over synthetic speakers before and after adaptation to each, with intervals of the gains."""
    model, params = load(), PopulationFeatureParams.load(workspace.params)
    inverter = inverter_of(model.predictor, model.path)
    rows = []
    for _, utterances in track(list(new_speakers.read(workspace)), "adapt"):
        spoken = new_speakers.apart(utterances[: TESTS + OTHERS], params)
        heard = [of_sound(each.sound, model) for each in spoken]
        adapted = adapt_to_sound(inverter, heard[TESTS:]).inverter
        tests = list(zip(spoken[:TESTS], heard[:TESTS], strict=True))
        rows.append([[pearson(each, tests, source) for source in SOURCES[:2]] for each in (inverter, adapted)])
    values = np.array(rows)  # (speakers, before and after, sources)
    gains = values[:, 1] - values[:, 0]
    low, high = interval(resample(gains, 2000, 0), len(gains))
    found = {source: {"before": float(values[:, 0, number].mean()), "after": float(values[:, 1, number].mean()),
                      "gain": {"mean": float(gains[:, number].mean()), "low": float(low[number]), "high": float(high[number])}}
             for number, source in enumerate(SOURCES[:2])}
    return {**found, "speakers": len(values)}


def of_sound(sound: np.ndarray, model: Model) -> Heard:
    """Return a sound (samples,) at 16 kHz as a model receives it."""
    acoustics = normalized_features(sound, model.facts.rate, model.features)
    heard = recognized(sound, len(acoustics), model.facts.rate)
    return Heard(acoustics, heard, heard)


def pearson(inverter: Inverter, tests: Sequence, source: str) -> float:
    """Return the mean correlation of the positions over test sentences."""
    rows = []
    for spoken, heard in tests:
        motion = predict(inverter, heard.acoustics, heard.recognized if source == RECOGNIZED else None)
        frames = min(len(motion), len(spoken.motion))
        rows.append(np.nanmean(metrics.pearson(spoken.motion[:frames], motion[:frames])[POSITION_COLUMNS]))
    return float(np.mean(rows))


def main(part: str, speech: Path, digits: Path, workspace: Workspace) -> None:
    """Measure one part, add it to the metrics file and print it."""
    path = workspace.metrics / "adapt_by_phones.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    content[part] = on_people(workspace, speech, digits) if part == "real" else on_synthetic(workspace)
    write_json(path, content | stamp("mixed", seed=0))
    print("\n".join(aligned(table(part, content[part]))))


def table(part: str, found: Mapping) -> list[list[str]]:
    """Return the rows that are printed."""
    if part == "real":
        rows = {title: row for title, row in found.items() if isinstance(row, Mapping)}
        return [["", *SOURCES, "coverage"], *([title, *(f"{row['mean'][source]:.3f}" for source in SOURCES),
                                               f"{row['coverage'][evidence.ACOUSTICS]:.2f}"] for title, row in rows.items())]
    return [["", "before", "after"], *([source, f"{found[source]['before']:.3f}", f"{found[source]['after']:.3f}"]
                                       for source in SOURCES[:2])]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.adapt_by_phones")
    parser.add_argument("part", choices=("real", "synthetic"))
    parser.add_argument("--speech", type=Path, default=Path("../shared/real/speechocean/sound"), help="folder of sentences")
    parser.add_argument("--digits", type=Path, default=Path("../shared/real/fsdd/recordings"), help="folder of single words")
    given = parser.parse_args()
    with gate():
        main(given.part, given.speech, given.digits, Workspace())
