"""What is known of each corpus before a file is read; every module here is a corpus, named as its folder under `raw`."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from artinv.runtime.errors import BadParams

SYNTHETIC = ".synthetic"
"""File that marks a corpus folder as holding no recording of a person; such a folder can be made again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a real speaker's coils are and how far they move: tt, td, tb, li, ul, ll, x before y, over all utterances."""

    mean: tuple[float, ...]  # (12,) mm
    std: tuple[float, ...]  # (12,) mm
    utterances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Pure data about one corpus."""

    name: str  # the folder under `raw`
    title: str
    licence: str
    layout: str  # what its folder must hold, in words, for messages
    speakers: tuple[str, ...]  # empty: anybody's, and nothing is known of rates
    velum: tuple[str, ...] = ()  # speakers with a usable velum coil
    sound_rate: int  # Hz, as recorded
    coil_rate: float  # Hz, as recorded; files may differ a little
    other_sound_rates: tuple[int, ...] = ()  # Hz, of copies in circulation
    expected: int = 0  # utterances that each speaker has in the whole corpus; 0: not the same for all, or not known
    masked: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (speaker, channel) -> why it is not to be trusted
    places: Mapping[str, Place] = field(default_factory=dict)  # speaker -> measured on real recordings


def places() -> dict[str, Place]:
    """corpus/speaker -> where that speaker's coils are, of all who are known."""
    return {f"{name}/{speaker}": place for name in names() for speaker, place in get(name).places.items()}


def names() -> list[str]:
    """All corpora that are known."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> Facts:
    """The facts of one corpus."""
    if name not in names():
        raise BadParams(f"unknown corpus '{name}'; expected one of {names()}")
    return importlib.import_module(f"{__name__}.{name}").FACTS
