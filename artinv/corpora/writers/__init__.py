"""Writers of native files, one module a corpus that the demo can speak; the inverse of its reader."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from artinv.core.records import Utterance

FAST = 0.72
"""Durations of fast speech, times those of normal speech."""


@dataclass(frozen=True, slots=True)
class Take:
    """One reading of one sentence, or the first (a) or second piece (b) of one."""

    number: int  # of the sentence in its list, from 1
    name: str
    stretch: float = 1.0
    piece: str = ""


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """How far the speakers of a corpus sit from the origin of all others."""

    below: tuple[float, float]  # mm, least and most
    moved: Mapping[str, tuple[int, float, float]]  # speaker -> last sentence before the frame moves, and x and y in mm


def numbered(speaker: str) -> Iterator[Take]:
    """Every sentence once, named by speaker and number."""
    for number in count(1):
        yield Take(number, f"{speaker}_{number:03d}")


@dataclass(frozen=True, slots=True)
class Writer:
    """How synthetic speech becomes native files of one corpus."""

    write: Callable[[Path, Sequence[Utterance]], None]  # up to `batch` consecutive utterances of one speaker
    finish: Callable[[Path, Sequence[str]], None] | None = None  # the list of all texts, sentence 1 first, where there is one
    batch: int = 1  # sentences in a native file
    takes: Callable[[str], Iterator[Take]] = numbered  # speaker -> what is read, in order and without end, as its files are named
    reading_list: str = ""  # of a list that several corpora read; empty: one of its own
    open_ended: bool = False  # whether extra speakers join this corpus
    frame: HeadFrame | None = None  # none: the one frame of all


def names() -> list[str]:
    """The corpora of which the demo can write synthetic speakers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> Writer:
    """The writer of one corpus."""
    return importlib.import_module(f"{__name__}.{name}").WRITER
