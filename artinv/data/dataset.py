"""Write and read the normalized corpora: an index of all utterances, records by id and statistics by speaker."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.files import write_json, write_text
from artinv.core.provenance import stamp
from artinv.core.records import Frames, common_origin
from artinv.core.store import Reader, Writer, speakers
from artinv.core.workspace import Workspace
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.stats import Stats
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track


@dataclass(frozen=True, slots=True)
class Entry:
    """One utterance in the index."""

    id: UtteranceId
    part: str
    sentence: str
    frames: int
    origin: str

    @property
    def speaker(self) -> SpeakerId:
        """Return the id of the speaker."""
        return self.id.speaker


def build(corpus: str, params: NormalizeParams, workspace: Workspace, evidence_values: int = 0) -> None:
    """Normalize every speaker of a corpus, index the utterances, count reglued channels and masked (displaced) channels.

    The last `evidence_values` values of a frame are evidence of phones and stay as they are.
    """
    source, target, stats = (folder / corpus for folder in (workspace.features, workspace.normalized, workspace.stats))
    names = speakers(source)
    work = partial(_build_speaker, params=params, evidence_values=evidence_values, source=source, target=target, stats=stats)
    results = list(track(imap(work, names), f"normalize {corpus}", len(names)))
    rows = [row for entries, _ in results for row in entries]
    lines = ",\n".join(json.dumps(astuple(row), ensure_ascii=False) for row in rows)
    write_text(stats / "index.json", f"[\n{lines}\n]\n")
    counts = dict(zip(names, (speaker_counts for _, speaker_counts in results), strict=True))
    write_json(workspace.normalize_metrics / f"{corpus}.json", {"speakers": counts} | stamp(common_origin(row.origin for row in rows)))


def _build_speaker(
    speaker: str, params: NormalizeParams, evidence_values: int, source: Path, target: Path, stats: Path,
) -> tuple[list[Entry], dict]:
    reader = Reader(source / f"{speaker}.npz", Frames)
    statistics = estimate(reader, params, evidence_values)
    statistics.save(stats / f"{speaker}.npz")
    entries, displaced = [], 0
    with Writer(target) as writer:
        for frames in reader:
            writer.add(statistics.normalize(frames))
            entries.append(Entry(frames.id, frames.part, frames.sentence, len(frames.motion), frames.origin))
            displaced += int(statistics.displaced(frames).sum())
    return entries, {"utterances": len(entries), "channels_reglued": len(statistics.reglued), "channels_displaced": displaced}


@dataclass(frozen=True, slots=True)
class Dataset:
    """The normalized corpora of a project."""

    workspace: Workspace

    def index(self, corpora: Sequence[str]) -> list[Entry]:
        """Read the index entries of the listed corpora; other corpora in the folder are ignored."""
        entries = []
        for corpus in corpora:
            path = self.workspace.stats / corpus / "index.json"
            if not path.exists():
                raise BadData(f"{path}: is missing; run `dvc repro`, or take '{corpus}' off the list of corpora")
            entries += [Entry(UtteranceId(id_), *rest) for id_, *rest in json.loads(path.read_text(encoding="utf-8"))]
        return entries

    def load(self, ids: Sequence[UtteranceId]) -> list[Frames]:
        """Read records in the order of their ids; each speaker's file is opened once."""
        readers: dict[SpeakerId, Reader] = {}
        records = []
        for id_ in ids:
            if id_.speaker not in readers:
                path = self.workspace.normalized / f"{id_.speaker}.npz"
                if not path.exists():
                    raise BadData(f"{path}: is missing although the split names {id_}; run `dvc repro`")
                readers[id_.speaker] = Reader(path, Frames)
            records.append(readers[id_.speaker][id_.name])
        return records

    def stats(self, speakers: Sequence[SpeakerId]) -> dict[SpeakerId, Stats]:
        """Read the statistics of speakers."""
        return {speaker: Stats.load(self.workspace.stats / f"{speaker}.npz") for speaker in speakers}
