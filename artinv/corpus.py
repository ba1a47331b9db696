"""What a corpus module declares about itself; the modules stand in `artinv/corpora`, one a corpus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artinv.utterance import Utterance

SYNTHETIC = ".synthetic"
"""The file by which a corpus folder is known to hold no recording of a person; such a folder can be made again."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files that one call of `Corpus.read` takes; found by looking at names, before any is read."""

    speaker: str
    name: str  # for progress and messages; files sorted by it are in recording order
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a raw folder holds of a corpus."""

    sources: tuple[Source, ...]
    missing: tuple[str, ...] = ()  # one line each: what is not there and what that means
    skipped: tuple[str, ...] = ()  # one line each: files that were seen and left alone, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The facts and the two translations of one corpus."""

    name: str  # the folder under `raw`
    title: str
    licence: str
    layout: str  # what its folder must hold, in words, for messages
    speakers: tuple[str, ...]  # empty: anybody's, and nothing is known of rates
    velum: tuple[str, ...] = ()  # speakers with a usable velum coil
    sound_rate: int  # Hz, as recorded
    coil_rate: float  # Hz, as recorded; files may differ a little
    find: Callable[[Path], Found]
    read: Callable[[Source], list[Utterance]]  # complete sentences, in recording order
    # up to `batch` consecutive utterances of a speaker -> native files; none: the demo does not speak this corpus
    write: Callable[[Path, Sequence[Utterance]], None] | None = None
    batch: int = 1  # sentences a native file holds
    finish: Callable[[Path, Sequence[str]], None] | None = None  # the list of all texts, sentence 1 first, where it has such a file
    masked: dict[tuple[str, str], str] = field(default_factory=dict)  # (speaker, channel) -> why it is not to be trusted
