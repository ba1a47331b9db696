"""Records of a search for the files of a corpus, by name."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """Files for one call of a reader, found by name before any file is read."""

    speaker: str
    name: str  # for progress and messages; sorting by name gives recording order
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Result of a search for the files of a corpus below its raw folder."""

    sources: tuple[Source, ...]
    missing: tuple[str, ...] = ()  # one line each: what is missing, and the consequence
    skipped: tuple[str, ...] = ()  # one line each: files that are not used, and why
