"""Writers of native files, one module per corpus that the demo can synthesize; each writer is the inverse of its reader."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from artinv.core.records import Utterance

FAST = 0.72
"""Duration of fast speech relative to normal speech."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a sentence, or the first (a) or second (b) piece of one."""

    number: int  # number of the sentence in its list, from 1
    name: str
    stretch: float = 1.0
    piece: str = ""


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """Displacement of the speakers of a corpus from the common origin."""

    below: tuple[float, float]  # mm, minimum and maximum
    moved: Mapping[str, tuple[int, float, float]]  # speaker -> last displaced sentence, and its displacement x and y in mm


def numbered(speaker: str) -> Iterator[Reading]:
    """Yield every sentence once, named by speaker and number."""
    for number in count(1):
        yield Reading(number, f"{speaker}_{number:03d}")


@dataclass(frozen=True, slots=True)
class CorpusWriter:
    """Conversion of synthetic speech to native files of one corpus."""

    write: Callable[[Path, Sequence[Utterance]], None]  # writes up to `batch` consecutive utterances of one speaker
    finish: Callable[[Path, Sequence[str]], None] | None = None  # writes the list of all texts, if any
    batch: int = 1  # sentences per native file
    takes: Callable[[str], Iterator[Reading]] = numbered  # speaker -> readings in order, infinite, with file names
    reading_list: str = ""  # name of a list of sentences that corpora share; empty: a list of its own
    open_ended: bool = False  # whether the corpus accepts extra speakers
    frame: HeadFrame | None = None  # None: the common frame


def names() -> list[str]:
    """Return the corpora for which the demo can write synthetic speakers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> CorpusWriter:
    """Return the writer of one corpus."""
    return importlib.import_module(f"{__name__}.{name}").WRITER
