"""Checks of files: missing, skipped, empty, unreadable or equal files, and notes of the readers."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from artinv.checks.finding import ERROR, NOTE, WARNING, Finding, Session
from artinv.corpora.native import folder
from artinv.corpora.native.source import Consequence, Listing

UNIQUE = (".wav", ".ema", ".mat", ".lab", ".trans", ".csv", ".npz", ".json")
"""Endings of files whose contents must differ; `.txt` is absent, because two sentences can have the same text."""

RESTORE = "download the file again, or take it from the package again"

NOTES = {
    "transcript does not fit the sound": (WARNING, "labels of another recording", "take the transcript of this recording"),
    "label file not usable": (
        WARNING, "unusable labels", "download the file again; without it, start and end of speech are estimated from the sound",
    ),
    "time column says nothing, nominal rate assumed": (WARNING, "motion rate", "compare its rate with the manual of the corpus"),
}
"""Note of a reader -> severity, kind, cure; other notes have severity `note`."""

MISSING = {
    Consequence.RECORDINGS_LEFT_OUT: (
        WARNING, "missing file", "download the missing files; incomplete recordings are not used",
    ),
    Consequence.SENTENCES_BY_NUMBER: (
        WARNING, "missing text",
        "download the list and put it beside the speakers; else equal sentences of other corpora are not recognized",
    ),
}
"""Consequence of missing files -> severity, kind, cure; others have severity `note`."""


def by_name(corpus: str, listing: Listing, speakers: Sequence[str]) -> Iterator[Finding]:
    """Report missing and skipped files, which are known by name only."""
    for missing in listing.missing:
        severity, kind, cure = MISSING.get(missing.consequence, (NOTE, "missing", "none is needed; add the file if you have it"))
        speaker, what = (missing.subject, missing.what) if missing.subject in speakers else ("", str(missing))
        yield Finding(corpus=corpus, speaker=speaker, severity=severity, kind=kind, what=what, cure=cure)
    for line in listing.skipped:
        yield Finding(corpus=corpus, severity=NOTE, kind="skipped", what=line, cure="none is needed")


def empty(corpus: str, raw: Path) -> Iterator[Finding]:
    """Report files of size 0."""
    files = [path for path in folder.walk(raw / corpus) if path.is_file()]
    empty_files = [path for path in files if path.stat().st_size == 0]
    if empty_files:
        yield Finding(corpus=corpus, severity=ERROR, kind="empty file", count=len(empty_files), of=len(files), what="is empty",
                      cure=RESTORE, example=empty_files[0].relative_to(raw).as_posix())


def copies(raw: Path, listing: Listing) -> list[tuple[Path, ...]]:
    """Return groups of files with equal bytes; read only files of equal size."""
    sizes = defaultdict(list)
    for path in dict.fromkeys(path for source in listing.sources for path in source.files):
        if path.suffix.lower() in UNIQUE and (size := path.stat().st_size):
            sizes[size, path.suffix.lower()].append(path.relative_to(raw))
    groups = defaultdict(list)
    for (size, _), paths in sizes.items():
        for path in paths if len(paths) > 1 else ():
            groups[size, hashlib.sha256((raw / path).read_bytes()).digest()].append(path)
    return [tuple(paths) for paths in groups.values() if len(paths) > 1]


def duplicates(corpus: str, groups: Iterable[tuple[Path, ...]], owners: dict[str, str], of: int) -> Iterator[Finding]:
    """Report copies of files under other names; `owners`: file -> speaker."""
    by_speaker = defaultdict(list)
    for group in groups:
        by_speaker[owners.get(group[-1].as_posix(), "")].append(group)
    for speaker, own in by_speaker.items():
        yield Finding(
            corpus=corpus, speaker=speaker, severity=ERROR, kind="same bytes", count=sum(len(group) - 1 for group in own), of=of,
            what=f"{own[0][-1].name} has the same bytes as {own[0][0].name}", example=own[0][-1].as_posix(),
            cure="one of the two has a wrong name or content; download both again",
        )


def unreadable(session: Session, empty_names: frozenset[str]) -> Iterator[Finding]:
    """Report files that the reader rejects, except empty files."""
    broken = [source for source in session.sources if source.fault and not empty_names.intersection(source.files)]
    if broken:
        fault, _, cure = broken[0].fault.partition("; ")
        yield session.finding("unreadable", broken, fault, cure or RESTORE)


def excluded(session: Session) -> Iterator[Finding]:
    """Report utterances that clean.exclude names."""
    if left_out := tuple(name for source in session.sources for name in source.left_out):
        yield Finding(
            corpus=session.corpus.name, speaker=session.speaker, severity=NOTE, kind="excluded", count=len(left_out),
            of=len(left_out) + len(session.profiles), what="excluded by clean.exclude", cure="none is needed", utterances=left_out,
        )


def notes(session: Session) -> Iterator[Finding]:
    """Report the notes of the reader."""
    profiles = session.profiles
    for text in Counter(note.partition(":")[0] for profile in profiles for note in profile.notes):
        affected = [profile for profile in profiles if any(note.partition(":")[0] == text for note in profile.notes)]
        severity, kind, cure = NOTES.get(text, (NOTE, "remark", "none is needed"))
        yield session.finding(kind, affected, text, cure, severity=severity, file="labels")
