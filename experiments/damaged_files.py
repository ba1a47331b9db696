"""Measure how the readers handle empty files, duplicate files and files that end within a sentence, for each synthetic speaker.

Run as `python -m experiments.damaged_files [--demo data/demo] [--count 15] [--speakers F01 fsew0]`. Every third native file is
damaged; the utterances of all other files must stay as they are without damage.
"""

import argparse
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from artinv.checks.run import check
from artinv.core.files import write_text
from artinv.core.records import Utterance
from artinv.core.store import read
from artinv.core.workspace import Workspace
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.native.source import Source
from artinv.data import ingest
from artinv.data.clean import CleanParams
from artinv.data.ingest import IngestParams
from artinv.formats import matlab, sound, transcript
from artinv.runtime import parallel
from artinv.runtime.progress import track
from experiments.checks import sources_by_speaker
from tests.support import corpora
from tests.support.spoken import same


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one kind of damage for one speaker, in numbers of files and utterances."""

    planted: int  # damaged files, or recordings of several files
    reported: int  # by `check`, under the kind of the damage
    counted: int  # by ingest: unreadable or skipped files, and utterances with new notes
    hit: int  # utterances in the damaged files
    lost: int  # of these, missing in the store
    others: int  # utterances in undamaged files
    harmed: int  # of these, missing or changed
    distance: float  # mm, largest motion error of the damaged utterances that are kept; infinite where the sound differs


def distance(first: Utterance, second: Utterance) -> float:
    """Return the largest difference in mm between two motions; infinite where sound or length differ."""
    frames = min(len(first.coils), len(second.coils))
    if not np.array_equal(first.sound, second.sound) or abs(len(first.coils) - len(second.coils)) > 1:
        return np.inf
    return float(np.nanmax(np.abs(first.coils[:frames] - second.coils[:frames])))


def own(source: Source) -> list[Path]:
    """Return the files of a source alone, without those that it shares with other sources."""
    return [path for path in source.files if path.stem.lower() == source.name]


def emptied(*endings: str) -> Callable[[Sequence[Source]], int]:
    """Return a function that empties files with these endings."""
    def damage(sources: Sequence[Source]) -> int:
        files = [path for source in sources[::3] for path in own(source) if path.suffix in endings]
        for path in files:
            path.write_bytes(b"")
        return len(files)

    return damage


def copied(sources: Sequence[Source]) -> int:
    """Overwrite recordings with the ones before them."""
    pairs = list(zip(sources[::3], sources[1::3], strict=False))
    for first, second in pairs:
        for path, target in zip(own(first), own(second), strict=True):
            shutil.copy(path, target)
    return len(pairs)


def again(sources: Sequence[Source]) -> int:
    """Copy recordings into a second folder."""
    for path in [path for source in sources[::3] for path in own(source)]:
        folder = path.parent.with_name(f"{path.parent.name}_again")
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder)
    return len(sources[::3])


def divided(sources: Sequence[Source]) -> int:
    """Cut files of USC-TIMIT in the middle of their last sentence, and write the rest to new files."""
    if not sources[0].name.startswith("usctimit"):
        return 0
    for source in sources[::3]:
        files = {path.suffix: path for path in own(source)}
        rows, (samples, rate) = transcript.read(files[".trans"]), sound.read(files[".wav"])
        elements, last = matlab.read_structs(files[".mat"]), transcript.indices(rows)[-1]
        spoken = [row for row in rows if row.index == last]
        motion = float(elements[1]["SRATE"].item())
        at = round((spoken[0].start + spoken[-1].end) / 2 * motion) / motion
        stem = files[".mat"].stem.rpartition("_")[0].rpartition("_")[0] + f"_{last:03d}_{last:03d}"
        halves = (
            (files[".mat"].stem, slice(0, round(at * rate)), 0.0, at), (stem, slice(round(at * rate), None), at, np.inf),
        )
        for name, part, begin, end in halves:
            wave = sound.to_int16(samples[part])
            sound.write(files[".wav"].with_name(f"{name}.wav"), wave, int(rate))
            matlab.write_structs(files[".mat"].with_name(f"{name}.mat"), [_cut(element, begin, end) for element in elements])
            inside = [replace(row, start=max(row.start, begin) - begin, end=min(row.end, end) - begin)
                      for row in rows if row.end > begin and row.start < end]
            write_text(files[".trans"].with_name(f"{name}.trans"), "".join(map(transcript.line, inside)))
    return len(sources[::3])


def _cut(element: Mapping, begin: float, end: float) -> dict:
    rate = float(element["SRATE"].item())
    last = None if np.isinf(end) else round(end * rate)
    return {**element, "SIGNAL": element["SIGNAL"][round(begin * rate):last]}


CASES: dict[str, tuple[str, Callable[[Sequence[Source]], int]]] = {
    "empty motion file (or file of all data)": ("empty file", emptied(".ema", ".mat")),
    "empty sound file": ("empty file", emptied(".wav")),
    "empty label file": ("empty file", emptied(".lab", ".trans")),
    "recording also under the name of the next": ("same bytes", copied),
    "recording also in a second folder": ("skipped", again),
    "sentence split over two files": ("remark", divided),
}
"""Damage -> the kind of finding that `check` must report, and the function that damages the files."""


def trial(count: int, item: tuple[str, list[Source]]) -> dict[str, Outcome]:
    """Apply all damage to one speaker, ingest and check the result."""
    corpus, sources = item
    chosen = sources[:max(3, count // corpora.get(corpus).batch)]
    originals = {source.name: {utterance.name: utterance for utterance in ingest.read(corpus, "synthetic", source)}
                 for source in chosen}
    results = {}
    for title, (kind, damage) in CASES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            target = folder / "raw" / corpus
            root = next(parent for parent in chosen[0].files[0].parents if parent.name == corpus)
            for path in {path for source in chosen for path in source.files} | {root / SYNTHETIC}:
                place = target / path.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
            copies = [source for source in corpora.get(corpus).find(target).sources if source.name in originals]
            if planted := damage(copies):
                results[title] = _outcome(corpus, folder, originals, planted, kind)
    return results


def _outcome(corpus: str, folder: Path, originals: Mapping[str, Mapping[str, Utterance]], planted: int, kind: str) -> Outcome:
    reported = Counter()
    for finding in check(folder / "raw", [], CleanParams.load(Workspace().params), 1).findings:
        reported[finding.kind] += finding.count
    summary = ingest.ingest(corpus, IngestParams(raw=folder / "raw"), Workspace(folder), workers=1)
    kept = {utterance.name: utterance for utterance in read(Workspace(folder).ingested / corpus, Utterance)}
    names = list(originals)
    damaged = set(names[1::3] if kind == "same bytes" else names[::3])
    hit = [utterance for name in damaged for utterance in originals[name].values()]
    others = [utterance for name in set(names) - damaged for utterance in originals[name].values()]
    noted = sum(utterance.name in kept and kept[utterance.name].notes != utterance.notes for utterance in hit)
    return Outcome(
        planted=planted, reported=reported[kind], counted=summary["unreadable"] + summary["skipped"] + noted,
        hit=len(hit), lost=sum(utterance.name not in kept for utterance in hit), others=len(others),
        harmed=sum(utterance.name not in kept or not same(utterance, kept[utterance.name]) for utterance in others),
        distance=max((distance(utterance, kept[utterance.name]) for utterance in hit if utterance.name in kept), default=0.0),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", type=Path, default=Workspace().demo)
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--speakers", nargs="+", default=[])
    options = parser.parse_args()
    speakers = list(sources_by_speaker(options.demo, options.speakers))
    outcomes_by_damage = defaultdict(list)
    for results in track(parallel.imap(partial(trial, options.count), speakers), "trials", len(speakers)):
        for title, outcome in results.items():
            outcomes_by_damage[title].append(outcome)
    heads = ("planted", "speakers", "files", "reported by `check`", "counted by ingest", "utterances in them", "lost",
             "largest error", "utterances in other files", "changed")
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    for title, outcomes in outcomes_by_damage.items():
        keys = ("planted", "reported", "counted", "hit", "lost", "others", "harmed")
        *counts, others, harmed = (sum(getattr(outcome, key) for outcome in outcomes) for key in keys)
        error = max(outcome.distance for outcome in outcomes)
        cells = (title, len(outcomes), *counts, f"{error:.2f} mm" if np.isfinite(error) else "cut elsewhere", others, harmed)
        print(f"| {' | '.join(map(str, cells))} |")
