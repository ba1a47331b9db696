"""Parts of a section; `page.html` renders each of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeGuard

from artinv.core.channels import TITLES
from artinv.core.text import figure, span
from artinv.evaluate.scores import origin_label

MINUS, NOTHING = "\N{MINUS SIGN}", "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a table."""

    title: str = ""
    kind: str = "number"  # text | number | chart
    wide: bool = False  # hidden on narrow screens


@dataclass(frozen=True, slots=True)
class Row:
    """Row of a table; cells are text, or markup made by this package."""

    cells: Sequence[str]
    kind: str = ""  # strong | inner | group (a single cell, heading of the rows below)


@dataclass(frozen=True, slots=True)
class Table:
    """Table of numbers, text and small charts."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    note: str = ""
    style: str = ""  # class of the table
    grid: str = ""  # markup of lines to which its charts refer; a page has each grid once
    kind: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """Chart as markup made by this package."""

    markup: str
    title: str = ""
    note: str = ""
    legend: Sequence[tuple[str, str]] = ()  # (class of the mark, meaning)
    kind: ClassVar[str] = "chart"


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "note"


@dataclass(frozen=True, slots=True)
class Headline:
    """The main result in large letters."""

    text: str
    kind: ClassVar[str] = "headline"


@dataclass(frozen=True, slots=True)
class FactList:
    """Pairs of a name and a value."""

    pairs: Sequence[tuple[str, str]]
    title: str = ""
    style: str = ""
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure."""

    title: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """Large figures side by side."""

    tiles: Sequence[Tile]
    kind: ClassVar[str] = "tiles"


@dataclass(frozen=True, slots=True)
class Side:
    """Parts side by side, or stacked on narrow screens."""

    parts: Sequence[Table | Chart | FactList]
    kind: ClassVar[str] = "side"


@dataclass(frozen=True, slots=True)
class Legend:
    """Legend: pairs of a mark's class and its meaning."""

    pairs: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "legend"


@dataclass(frozen=True, slots=True)
class Fold:
    """Parts that are closed under a title until the reader opens them; on paper they are open."""

    title: str
    parts: Sequence["Part"]
    kind: ClassVar[str] = "fold"


Part = Table | Chart | Note | Headline | FactList | Tiles | Side | Legend | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """Section of the report."""

    key: str  # anchor on the page
    title: str
    parts: Sequence[Part]
    lead: str = ""
    origin: str = ""  # of the data, as shown

    @classmethod
    def about(cls, key: str, title: str, parts: Sequence[Part], origin: str, lead: str = "") -> "Section":
        """Make a section; `origin` of its data is synthetic, real, mixed or unknown."""
        return cls(key, title, tuple(parts), lead, origin_label(origin))


@dataclass(frozen=True, slots=True)
class Absent:
    """Section that cannot be made, with the reason."""

    title: str
    reason: str

    @classmethod
    def missing(cls, title: str, path: Path | str, job: str) -> "Absent":
        """Make it for a missing file and the command that makes the file."""
        return cls(title, f"{path} is missing; `{job}` makes it")


def number(value: float | None, digits: int) -> str:
    """Format a number with a typographic minus sign; a dash if it is missing.

    >>> number(-0.25, 1) == MINUS + "0.2", number(None, 2) == number(float("nan"), 2) == NOTHING
    (True, True)
    """
    text = figure(value, digits)
    return NOTHING if text == "-" else text.replace("-", MINUS)


def between(low: float | None, high: float | None, digits: int) -> str:
    """Format an interval; a dash if it is missing."""
    text = span(low, high, digits)
    return NOTHING if text == "-" else text.replace("-", MINUS)


def count(value: float, word: str = "") -> str:
    """Format a whole number with separated thousands, and the counted noun.

    >>> count(556050), count(1, "utterance"), count(6, "utterance")
    ('556\u202f050', '1 utterance', '6 utterances')
    """
    number_of = f"{int(value):,}".replace(",", "\u202f")
    return f"{number_of} {word}{'' if value == 1 else 's'}" if word else number_of


def seed_of(made_by: str) -> str:
    """Return the seed from a line of versions; empty if it names none.

    >>> seed_of("artinv 0.1.0, numpy 2.4.6, seed 0"), seed_of("")
    ('seed 0', '')
    """
    return next((fact for fact in made_by.split(", ") if fact.startswith("seed ")), "")


def known(value: object) -> TypeGuard[float]:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def title(channel: str) -> str:
    """Return the short title of a trajectory."""
    return TITLES.get(channel, channel).replace("constriction ", "")
