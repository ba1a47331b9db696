"""What reading does with files that are empty, there twice, or end within a sentence; every synthetic speaker.

Run as `python -m experiments.damaged_files [--demo data/demo] [--count 15] [--speakers F01 fsew0]`. Damage is in every third native
file; whatever comes from the others has to be what it is without.
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
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.native.source import Source
from artinv.data import ingest
from artinv.data.clean import CleanParams
from artinv.data.ingest import IngestParams
from artinv.formats import matlab, sound, transcript
from artinv.runtime import parallel
from artinv.runtime.progress import track
from experiments.checks import people
from tests.support import corpora
from tests.support.spoken import same


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a damage; files and utterances are counted."""

    planted: int  # files, or recordings of several
    told: int  # by `check`, under the damage's own kind
    counted: int  # in metrics/ingest: unreadable, skipped, or noted where nothing was
    hit: int  # utterances of the damaged files
    lost: int  # of these, not in the store
    others: int  # utterances of other files
    harmed: int  # of these, not as they were
    apart: float  # mm, of the damaged that are kept, the largest from what they were; infinite where the sound is another


def apart(one: Utterance, other: Utterance) -> float:
    """The largest distance in mm of one motion from another at the same time."""
    frames = min(len(one.coils), len(other.coils))
    if not np.array_equal(one.sound, other.sound) or abs(len(one.coils) - len(other.coils)) > 1:
        return np.inf
    return float(np.nanmax(np.abs(one.coils[:frames] - other.coils[:frames])))


def own(source: Source) -> list[Path]:
    """Its files without those of its neighbours and of all."""
    return [path for path in source.files if path.stem.lower() == source.name]


def emptied(*endings: str) -> Callable[[Sequence[Source]], int]:
    """Files without a byte."""
    def spoil(sources: Sequence[Source]) -> int:
        files = [path for source in sources[::3] for path in own(source) if path.suffix in endings]
        for path in files:
            path.write_bytes(b"")
        return len(files)

    return spoil


def copied(sources: Sequence[Source]) -> int:
    """Recordings in the place of those that follow."""
    pairs = list(zip(sources[::3], sources[1::3], strict=False))
    for one, two in pairs:
        for path, other in zip(own(one), own(two), strict=True):
            shutil.copy(path, other)
    return len(pairs)


def again(sources: Sequence[Source]) -> int:
    """Recordings in a second folder."""
    for path in [path for source in sources[::3] for path in own(source)]:
        folder = path.parent.with_name(f"{path.parent.name}_again")
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder)
    return len(sources[::3])


def divided(sources: Sequence[Source]) -> int:
    """Files of USC-TIMIT that end in the middle of their last sentence, which goes on in a file of its own."""
    if not sources[0].name.startswith("usctimit"):
        return 0
    for source in sources[::3]:
        files = {path.suffix: path for path in own(source)}
        rows, (samples, rate) = transcript.read(files[".trans"]), sound.read(files[".wav"])
        elements, last = matlab.read_structs(files[".mat"]), transcript.indices(rows)[-1]
        said = [row for row in rows if row.index == last]
        motion = float(elements[1]["SRATE"].item())
        at = round((said[0].start + said[-1].end) / 2 * motion) / motion
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
    "empty file of motion (or of all)": ("empty file", emptied(".ema", ".mat")),
    "empty file of sound": ("empty file", emptied(".wav")),
    "empty file of labels": ("empty file", emptied(".lab", ".trans")),
    "recording under the name of the next as well": ("same bytes", copied),
    "recording in a second folder as well": ("skipped", again),
    "sentence over two files": ("remark", divided),
}
"""Damage -> the kind under which `check` has to tell it, and what it does to the files."""


def trial(count: int, item: tuple[str, list[Source]]) -> dict[str, Outcome]:
    """One speaker."""
    corpus, sources = item
    chosen = sources[:max(3, count // corpora.get(corpus).batch)]
    whole = {source.name: {one.name: one for one in ingest.read(corpus, "synthetic", source)} for source in chosen}
    results = {}
    for title, (kind, spoil) in CASES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            target = folder / "raw" / corpus
            root = next(parent for parent in chosen[0].files[0].parents if parent.name == corpus)
            for path in {path for source in chosen for path in source.files} | {root / SYNTHETIC}:
                place = target / path.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
            found = [source for source in corpora.get(corpus).find(target).sources if source.name in whole]
            if planted := spoil(found):
                results[title] = _outcome(corpus, folder, whole, planted, kind)
    return results


def _outcome(corpus: str, folder: Path, whole: Mapping[str, Mapping[str, Utterance]], planted: int, kind: str) -> Outcome:
    told = Counter()
    for one in check(folder / "raw", [], CleanParams.load(), 1).findings:
        told[one.kind] += one.count
    summary = ingest.ingest(corpus, IngestParams(raw=folder / "raw"), data=folder, metrics=folder, workers=1)
    kept = {one.name: one for one in read(folder / "ingested" / corpus, Utterance)}
    names = list(whole)
    damaged = set(names[1::3] if kind == "same bytes" else names[::3])
    hit = [one for name in damaged for one in whole[name].values()]
    others = [one for name in set(names) - damaged for one in whole[name].values()]
    noted = sum(one.name in kept and kept[one.name].notes != one.notes for one in hit)
    return Outcome(
        planted=planted, told=told[kind], counted=summary["unreadable"] + summary["skipped"] + noted,
        hit=len(hit), lost=sum(one.name not in kept for one in hit), others=len(others),
        harmed=sum(one.name not in kept or not same(one, kept[one.name]) for one in others),
        apart=max((apart(one, kept[one.name]) for one in hit if one.name in kept), default=0.0),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", type=Path, default=Path("data/demo"))
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--speakers", nargs="+", default=[])
    options = parser.parse_args()
    everybody = list(people(options.demo, options.speakers))
    together = defaultdict(list)
    for results in track(parallel.imap(partial(trial, options.count), everybody), "trials", len(everybody)):
        for title, outcome in results.items():
            together[title].append(outcome)
    heads = ("planted", "speakers", "files", "told by `check`", "counted by ingest", "utterances in them", "lost", "apart",
             "others", "harmed")
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    for title, outcomes in together.items():
        planted, told, counted, hit, lost, others, harmed = (
            sum(getattr(one, key) for one in outcomes) for key in ("planted", "told", "counted", "hit", "lost", "others", "harmed"))
        off = max(one.apart for one in outcomes)
        cells = (title, len(outcomes), planted, told, counted, hit, lost, f"{off:.2f} mm" if np.isfinite(off) else "cut elsewhere",
                 others, harmed)
        print(f"| {' | '.join(map(str, cells))} |")
