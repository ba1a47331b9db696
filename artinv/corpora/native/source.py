"""Records of a search for the files of a corpus, by name."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """Files for one call of a reader, found by name before any file is read."""

    speaker: str
    name: str  # for progress and messages; sorting by name gives recording order
    files: tuple[Path, ...]


class Consequence(Enum):
    """What a reader does without missing files."""

    SPEAKER_LEFT_OUT = auto()
    RECORDINGS_LEFT_OUT = auto()
    READ_WITHOUT = auto()
    SENTENCES_BY_NUMBER = auto()
    NOTHING_READ = auto()


@dataclass(frozen=True, slots=True)
class Missing:
    """Files that a search did not find; as text, one line of the ingest report."""

    subject: str  # speaker or name of a file
    what: str  # what is missing, and the consequence
    consequence: Consequence

    def __str__(self) -> str:
        """Return subject and description."""
        return f"{self.subject}: {self.what}"


@dataclass(frozen=True, slots=True)
class Listing:
    """Result of a search for the files of a corpus below its raw folder."""

    sources: tuple[Source, ...]
    missing: tuple[Missing, ...] = ()
    skipped: tuple[str, ...] = ()  # one line each: files that are not used, and why
