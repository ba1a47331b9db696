"""Files: what is there, what is missing, empty, unreadable or there twice."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from artinv.checks.finding import ERROR, NOTE, WARNING, Finding, Session
from artinv.corpora.native import folder
from artinv.corpora.native.source import Found

TELLING = (".wav", ".ema", ".mat", ".lab", ".trans", ".csv", ".npz", ".json")
"""Endings of files of which no two are equal in a sound corpus; two sentences may have one text."""

RESTORE = "download the file again, or take it from the package once more"

NOTES = {
    "transcript does not fit the sound": (WARNING, "labels of another recording", "take the transcript that belongs to it"),
    "label file not usable": (WARNING, "unusable labels", "download the file again; else the ends of speech come from the sound"),
    "time column says nothing, nominal rate assumed": (WARNING, "motion rate", "compare its rate with the corpus' manual"),
}
"""What a reader remarks -> severity, kind, cure; all else is worth a note."""


def listing(corpus: str, found: Found, speakers: Sequence[str]) -> Iterator[Finding]:
    """Names that were expected or not; what is known by names alone."""
    for line in found.missing:
        speaker = line.partition(":")[0]
        speaker = speaker if speaker in speakers else ""
        if line.endswith("they are left out"):
            severity, kind, cure = WARNING, "missing file", "download what is missing; a pair is used only when it is whole"
        elif line.endswith("known by number alone"):
            severity, kind = WARNING, "missing text"
            cure = "download the list and put it beside the speakers; without it they join no split with others who read the same"
        else:
            severity, kind, cure = NOTE, "missing", "none is needed, unless you have the file"
        what = line.removeprefix(f"{speaker}: ")
        yield Finding(corpus=corpus, speaker=speaker, severity=severity, kind=kind, what=what, cure=cure)
    for line in found.skipped:
        yield Finding(corpus=corpus, severity=NOTE, kind="skipped", what=line, cure="none is needed")


def empty(corpus: str, raw: Path) -> Iterator[Finding]:
    """Files without a byte."""
    files = [path for path in folder.walk(raw / corpus) if path.is_file()]
    nothing = [path for path in files if path.stat().st_size == 0]
    if nothing:
        yield Finding(corpus=corpus, severity=ERROR, kind="empty file", count=len(nothing), of=len(files), what="holds nothing",
                      cure=RESTORE, example=nothing[0].relative_to(raw).as_posix())


def copies(raw: Path, found: Found) -> list[tuple[Path, ...]]:
    """Groups of files whose bytes are equal; only those of equal size are read."""
    sizes = defaultdict(list)
    for path in dict.fromkeys(path for source in found.sources for path in source.files):
        if path.suffix.lower() in TELLING and (size := path.stat().st_size):
            sizes[size, path.suffix.lower()].append(path.relative_to(raw))
    groups = defaultdict(list)
    for (size, _), paths in sizes.items():
        for path in paths if len(paths) > 1 else ():
            groups[size, hashlib.sha256((raw / path).read_bytes()).digest()].append(path)
    return [tuple(paths) for paths in groups.values() if len(paths) > 1]


def twice(corpus: str, groups: Iterable[tuple[Path, ...]], owners: dict[str, str], of: int) -> Iterator[Finding]:
    """Files that are copies of others, under other names; `owners`: file -> speaker."""
    by_speaker = defaultdict(list)
    for group in groups:
        by_speaker[owners.get(group[-1].as_posix(), "")].append(group)
    for speaker, own in by_speaker.items():
        yield Finding(
            corpus=corpus, speaker=speaker, severity=ERROR, kind="same bytes", count=sum(len(group) - 1 for group in own), of=of,
            what=f"{own[0][-1].name} is byte for byte {own[0][0].name}", example=own[0][-1].as_posix(),
            cure="one of the two is not what its name says; download both again",
        )


def unreadable(session: Session, nothing: frozenset[str]) -> Iterator[Finding]:
    """Files that no reader understands, but for those that are empty anyway."""
    broken = [source for source in session.sources if source.fault and not nothing.intersection(source.files)]
    if broken:
        fault, _, cure = broken[0].fault.partition("; ")
        yield session.finding("unreadable", broken, fault, cure or RESTORE)


def excluded(session: Session) -> Iterator[Finding]:
    """What is there and not looked at."""
    if left_out := tuple(name for source in session.sources for name in source.left_out):
        yield Finding(
            corpus=session.corpus.name, speaker=session.speaker, severity=NOTE, kind="excluded", count=len(left_out),
            of=len(left_out) + len(session.looks), what="left out by clean.exclude", cure="none is needed", utterances=left_out,
        )


def notes(session: Session) -> Iterator[Finding]:
    """What reading showed."""
    looks = session.looks
    for remark in Counter(note.partition(":")[0] for look in looks for note in look.notes):
        where = [look for look in looks if any(note.partition(":")[0] == remark for note in look.notes)]
        severity, kind, cure = NOTES.get(remark, (NOTE, "remark", "none is needed"))
        yield session.finding(kind, where, remark, cure, severity=severity, file="labels")
