"""What a section is made of; the template knows how each part looks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeGuard

from artinv.core.channels import TITLES
from artinv.core.text import figure, span
from artinv.evaluate.scores import label

MINUS, NOTHING = "\N{MINUS SIGN}", "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Column:
    """Of a table."""

    title: str = ""
    kind: str = "number"  # text | number | chart
    wide: bool = False  # left out on a phone: said in another way there


@dataclass(frozen=True, slots=True)
class Row:
    """Cells are text, or markup of this package."""

    cells: Sequence[str]
    kind: str = ""  # strong | group (one cell that heads the rows below)


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers, and charts that fit between them."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    note: str = ""
    style: str = ""  # class of the table
    kind: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """Markup of this package."""

    markup: str
    title: str = ""
    note: str = ""
    legend: Sequence[tuple[str, str]] = ()  # class of the mark, its meaning
    kind: ClassVar[str] = "chart"


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "note"


@dataclass(frozen=True, slots=True)
class Head:
    """A heading inside a section."""

    text: str
    kind: ClassVar[str] = "head"


@dataclass(frozen=True, slots=True)
class Facts:
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
    """Parts side by side where there is room."""

    parts: Sequence[Table | Chart | Facts]
    kind: ClassVar[str] = "side"


@dataclass(frozen=True, slots=True)
class Legend:
    """What marks mean: pairs of a mark's class and its meaning."""

    pairs: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "legend"


Part = Table | Chart | Note | Head | Facts | Tiles | Side | Legend


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    key: str  # its address on the page
    title: str
    parts: Sequence[Part]
    lead: str = ""
    origin: str = ""  # of its data, in words

    @classmethod
    def about(cls, key: str, title: str, parts: Sequence[Part], origin: str, lead: str = "") -> "Section":
        """With the origin of its data: synthetic, real, mixed or unknown."""
        return cls(key, title, tuple(parts), lead, label(origin))


@dataclass(frozen=True, slots=True)
class Absent:
    """A section that cannot be made yet."""

    title: str
    reason: str

    @classmethod
    def file(cls, title: str, path: Path | str, job: str) -> "Absent":
        """Because a file is not there."""
        return cls(title, f"{path} is not there; `{job}` makes it")


def number(value: float | None, digits: int) -> str:
    """With a true minus sign; a dash where there is nothing.

    >>> number(-0.25, 1) == MINUS + "0.2", number(None, 2) == number(float("nan"), 2) == NOTHING
    (True, True)
    """
    text = figure(value, digits)
    return NOTHING if text == "-" else text.replace("-", MINUS)


def between(low: float | None, high: float | None, digits: int) -> str:
    """An interval; a dash where there is none."""
    text = span(low, high, digits)
    return NOTHING if text == "-" else text.replace("-", MINUS)


def count(value: float, word: str = "") -> str:
    """A whole number with its thousands apart, and what it counts.

    >>> count(556050), count(1, "utterance"), count(6, "utterance")
    ('556\u202f050', '1 utterance', '6 utterances')
    """
    number_of = f"{int(value):,}".replace(",", "\u202f")
    return f"{number_of} {word}{'' if value == 1 else 's'}" if word else number_of


def known(value: object) -> TypeGuard[float]:
    """A number that can be drawn."""
    return isinstance(value, int | float) and math.isfinite(value)


def title(channel: str) -> str:
    """Of a trajectory, short."""
    return TITLES.get(channel, channel).replace("constriction ", "")
