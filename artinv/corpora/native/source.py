"""What a raw folder holds of a corpus, by the names of its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """The files that one call of a reader takes; found by looking at names, before any is read."""

    speaker: str
    name: str  # for progress and messages; files sorted by it are in recording order
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a raw folder holds of a corpus."""

    sources: tuple[Source, ...]
    missing: tuple[str, ...] = ()  # one line each: what is not there and what that means
    skipped: tuple[str, ...] = ()  # one line each: files that were seen and left alone, and why
