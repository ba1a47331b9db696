"""Read the raw folder of a corpus: write one record per sentence, and a report of missing, skipped and unreadable files."""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

from artinv.core.ids import UtteranceId
from artinv.core.files import write_json, write_text
from artinv.core.provenance import stamp
from artinv.core.records import Rejected, Utterance
from artinv.core.store import Writer
from artinv.core.workspace import Workspace
from artinv.corpora import facts, readers
from artinv.corpora.facts import SYNTHETIC, Facts
from artinv.corpora.native.source import Consequence, Listing, Source
from artinv.runtime import parallel
from artinv.runtime.errors import ArtinvError, BadData, reason
from artinv.runtime.params import Params
from artinv.runtime.progress import track

MOST_UNREADABLE = 0.5
"""Fraction of unreadable files above which the stage fails."""


class IngestParams(Params):
    """Folder of the raw corpora."""

    raw: Path  # a folder with one folder per corpus, as seen from the root of the project


def ingest(corpus_name: str, params: IngestParams, workspace: Workspace, *, workers: int = 0) -> dict:
    """Write data/ingested/<corpus> and metrics/ingest/<corpus>.json and .csv from `raw`; return the content of the .json.

    The .csv lists, and the .json counts, unreadable and missing files and the readers' notes on the others.
    """
    corpus = facts.get(corpus_name)
    folder = workspace.root / params.raw / corpus.name
    listing = _find(corpus, folder)
    report = _Report(listing, folder)
    with Writer(workspace.ingested / corpus.name) as writer:
        origin = "synthetic" if (folder / SYNTHETIC).exists() else "real"
        results = parallel.imap(partial(read, corpus.name, origin), listing.sources, workers)
        for source, result in zip(listing.sources, track(results, f"ingest {corpus.name}", len(listing.sources)), strict=True):
            for utterance in report.add(source, result):
                writer.add(utterance)
        table = workspace.ingest_metrics / f"{corpus.name}.csv"
        summary = report.summary() | stamp(origin)
        write_text(table, report.table())
        write_json(workspace.ingest_metrics / f"{corpus.name}.json", summary)
        if summary["unreadable"] > MOST_UNREADABLE * len(listing.sources):
            raise BadData(
                f"{folder}: {summary['unreadable']} of {len(listing.sources)} recordings cannot be read ({report.first_fault}); "
                f"restore them from the corpus, the reasons are in {table}"
            )
    return summary


def read(corpus_name: str, origin: str, source: Source) -> list[Utterance] | Rejected:
    """Read the sentences of one source; return Rejected with the reason if it cannot be read."""
    try:
        return [replace(utterance, origin=origin) for utterance in readers.get(corpus_name).read(source)]
    except ArtinvError as error:
        fault = str(error)
    except OSError as error:
        fault = f"{error.filename or source.name}: cannot be read ({reason(error)}); restore the file from the corpus"
    return Rejected(UtteranceId.of(corpus_name, source.speaker, source.name), fault)


def _find(corpus: Facts, folder: Path) -> Listing:
    if not folder.is_dir():
        raise BadData(f"{folder}: is not there; put {corpus.title} there ({corpus.layout}) or change `raw` in params.yaml")
    listing = readers.get(corpus.name).find(folder)
    if not listing.sources:
        missing = [str(item) for item in listing.missing if item.consequence is not Consequence.SPEAKER_LEFT_OUT]
        findings = [*missing, *listing.skipped][:3]
        lines = [f"{folder}: holds no usable recording of {corpus.title}", *findings, f"put there {corpus.layout}"]
        raise BadData("; ".join(lines))
    return listing


class _Report:
    """Counts of sources and utterances, and the lines of the table."""

    def __init__(self, listing: Listing, folder: Path) -> None:
        self.folder = folder
        self.lines = [("missing", str(item)) for item in listing.missing] + [("skipped", line) for line in listing.skipped]
        self.sources = Counter(source.speaker for source in listing.sources)
        self.seconds: dict[str, float] = defaultdict(float)
        self.utterances: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.first_fault = ""
        self._ids: set[UtteranceId] = set()
        self._recordings: dict[bytes, str] = {}

    def add(self, source: Source, result: list[Utterance] | Rejected) -> list[Utterance]:
        """Count a source; return its records without duplicates, that is, without known names and known recordings."""
        if isinstance(result, Rejected):
            self.unreadable[source.speaker] += 1
            self.first_fault = self.first_fault or self._plain(result.reason)
            self._list("unreadable", f"{result.id}: {result.reason}")
            return []
        kept = []
        for utterance in result:
            if utterance.id in self._ids:
                self._list("skipped", f"{utterance.id}: the same sentence again, in {source.name}; the first is kept")
                continue
            self._ids.add(utterance.id)
            first = self._recordings.setdefault(_digest(utterance), utterance.id)
            if first != utterance.id:
                self._list("skipped", f"{utterance.id}: the very sound and motion of {first}, which is kept")
                continue
            kept.append(utterance)
            self.utterances[source.speaker] += 1
            self.seconds[source.speaker] += utterance.seconds
            for note in utterance.notes:
                self.notes[note.partition(":")[0]] += 1
                if ":" in note:
                    self._list("note", f"{utterance.id}: {note}")
        return kept

    def summary(self) -> dict:
        """Return counts for the corpus and for each of its speakers."""
        speakers = {
            speaker: {
                "sources": self.sources[speaker], "unreadable": self.unreadable[speaker],
                "utterances": self.utterances[speaker], "minutes": self.seconds[speaker] / 60,
            }
            for speaker in self.sources
        }
        return {
            "sources": self.sources.total(), "unreadable": self.unreadable.total(), "utterances": self.utterances.total(),
            "minutes": sum(self.seconds.values()) / 60, "notes": dict(self.notes), "speakers": speakers,
            **{kind: sum(line[0] == kind for line in self.lines) for kind in ("missing", "skipped")},
        }

    def table(self) -> str:
        """Return all missing, skipped and unreadable files and all notes as CSV."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["kind", "what"])
        rows.writerows(self.lines)
        rows.writerows(("note", f"{count} utterances: {note}") for note, count in sorted(self.notes.items()))
        return text.getvalue()

    def _list(self, kind: str, line: str) -> None:
        self.lines.append((kind, self._plain(line)))

    def _plain(self, line: str) -> str:
        return line.replace(f"{self.folder}/", "")


def _digest(utterance: Utterance) -> bytes:
    """Return a hash that is equal for copies of a recording under other names, which could be in train and test at once."""
    return hashlib.sha256(utterance.sound.tobytes() + utterance.coils.tobytes()).digest()
