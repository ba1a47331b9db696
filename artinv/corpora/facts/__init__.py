"""Known facts of each corpus: speakers, rates, licence; each module here is a corpus, named as its folder under `raw`."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from artinv.runtime.errors import BadParams, expected

SYNTHETIC = ".synthetic"
"""File that marks a corpus folder as synthetic, without recordings of persons; such a folder can be generated again."""


@dataclass(frozen=True, slots=True)
class CoilStatistics:
    """Statistics of the coil positions of a real speaker over all utterances; order tt, td, tb, li, ul, ll, x before y."""

    mean: tuple[float, ...]  # (12,) mm
    std: tuple[float, ...]  # (12,) mm
    utterances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts about one corpus."""

    name: str  # the folder under `raw`
    title: str
    licence: str
    layout: str  # content of its folder in words, for messages
    speakers: tuple[str, ...]  # empty: any speakers, and the rates are not known
    further: str = ""  # pattern of the names of other speakers that its reader accepts; empty: none
    accent: str = ""  # british or american, of most of its speakers; empty: not English, or not known
    velum: tuple[str, ...] = ()  # speakers with a usable velum coil
    sound_rate: int  # Hz, as recorded
    coil_rate: float  # Hz, as recorded; files can deviate slightly
    other_sound_rates: tuple[int, ...] = ()  # Hz, of other copies in circulation
    expected: int = 0  # utterances per speaker in the complete corpus; 0: not equal for all speakers, or not known
    masked: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (speaker, channel) -> why the channel is not used
    coil_statistics: Mapping[str, CoilStatistics] = field(default_factory=dict)  # speaker -> statistics of real recordings


def coil_statistics() -> dict[str, CoilStatistics]:
    """Return the statistics of all speakers that have them: corpus/speaker -> place."""
    return {f"{name}/{speaker}": place for name in names() for speaker, place in get(name).coil_statistics.items()}


def names() -> list[str]:
    """Return the names of all corpora."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> Facts:
    """Return the facts of one corpus."""
    if name not in names():
        raise BadParams(f"unknown corpus '{name}'; {expected(name, names())}")
    return importlib.import_module(f"{__name__}.{name}").FACTS
