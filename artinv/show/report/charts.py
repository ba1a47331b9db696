"""Charts: tables with marks and intervals, panels of curves, and heat maps of speakers by articulators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from artinv.show.report.parts import MINUS, Column, Row, Table, between, known, number
from artinv.show.report.parts import title as title_of
from artinv.show.report.svg import Axis, curve, mark, stretched, tag


@dataclass(frozen=True, slots=True)
class Item:
    """Row of a chart: a value with its interval, and the values of other series."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    others: Mapping[str, float | None] | None = None  # series -> value
    series: str = "model"  # class of the mark
    kind: str = ""  # strong | inner | group
    more: Sequence[str] = ()  # cells of the further columns
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dots:
    """Layout of a table with marks."""

    axis: Axis
    digits: int
    head: str  # title of the name column
    value: str  # title of the value column
    interval: str = "95 %"  # title of the interval column; empty: no such column
    others: tuple[str, ...] = ()  # series with a column of their own, hidden on narrow screens
    names: Mapping[str, str] = field(default_factory=dict)  # titles of these columns, if they are not the names of the series
    more: tuple[Column, ...] = ()  # further columns
    note: str = ""  # title of the last column; empty: no such column

    def table(self, items: Sequence[Item], title: str = "", note: str = "") -> Table:
        """Return a table with columns for name, marks, value, interval and other series."""
        columns = [Column(self.head, "text"), Column(scale(self.axis), "chart"), Column(self.value)]
        columns += [Column(self.interval, "interval")] if self.interval else []
        columns += [Column(self.names.get(series, series), wide=True) for series in self.others]
        columns += [*self.more, *([Column(self.note)] if self.note else [])]
        return Table(tuple(columns), tuple(map(self._row, items)), title, note, self._style(), self.axis.grid())

    def _style(self) -> str:
        return "dots noted" if self.note else "dots compare" if self.more else "dots"

    def _row(self, item: Item) -> Row:
        if item.kind == "group":
            return Row((item.name,), "group")
        cells = [item.name, dots(item, self.axis), number(item.value, self.digits)]
        cells += ["" if item.low is None else between(item.low, item.high, self.digits)] if self.interval else []
        cells += [number((item.others or {}).get(series), self.digits) for series in self.others]
        cells += [*item.more, *([item.note] if self.note else [])]
        return Row(tuple(cells), item.kind)


def dots(item: Item, axis: Axis) -> Markup:
    """Return the marks of a row on the grid; the mark of the item itself is on top."""
    inside = [tag("use", href=f"#{axis.key}")]
    if known(item.low) and known(item.high):
        kind = f"interval {item.series}"
        inside.append(tag("line", x1=axis.at(item.low), x2=axis.at(item.high), y1="50%", y2="50%", class_=kind))
    inside += [mark(series, axis.at(value)) for series, value in (item.others or {}).items() if known(value)]
    if known(item.value):
        inside.append(mark(item.series, axis.at(item.value)))
    return tag("svg", *inside, class_="dots", aria_hidden="true")


def scale(axis: Axis) -> Markup:
    """Return the tick labels above a column of marks."""
    names = [tag("text", text, x=axis.at(tick), y="11", text_anchor="middle", class_="odd" if at % 2 else None)
             for at, (tick, text) in enumerate(axis.named())]
    return tag("svg", *names, class_="scale", aria_hidden="true")


@dataclass(frozen=True, slots=True)
class Panel:
    """Panel of curves."""

    curves: Mapping[str, Sequence[tuple[float, float]]]  # class of the curve -> points
    across: Axis
    up: Axis
    description: str  # text alternative for screen readers
    upright: tuple[float, ...] = ()  # x of dashed vertical lines
    marked: tuple[tuple[str, float, float], ...] = ()  # (series, x, y)
    foot: str = ""  # title of the x axis; if empty, the axis has no labels

    def markup(self) -> Markup:
        """Return the axes with their grid, then the curves."""
        inside = [tag("line", x1="0", x2="100%", y1=self.up.down(tick), y2=self.up.down(tick), class_="grid")
                  for tick in self.up.ticks]
        inside += [tag("text", text, x="-6", y=self.up.down(tick), dy="3.5", text_anchor="end") for tick, text in self.up.named()]
        if self.foot:
            inside += [tag("text", text, x=self.across.at(tick), y="100%", dy="15", text_anchor="middle")
                       for tick, text in self.across.named()]
            inside.append(tag("text", self.foot, x="50%", y="100%", dy="30", text_anchor="middle"))
        inside += [tag("line", x1=self.across.at(place), x2=self.across.at(place), y1="0", y2="100%", class_="dashed")
                   for place in self.upright]
        inside.append(stretched(*(curve(points, self.across, self.up, kind) for kind, points in self.curves.items())))
        inside += [mark(series, self.across.at(x), self.up.down(y)) for series, x, y in self.marked if known(x) and known(y)]
        drawn = tag("svg", *inside, class_="plot", overflow="visible")
        return tag("div", drawn, class_="panel footed" if self.foot else "panel", role="img", aria_label=self.description)


def heat(rows: Sequence[tuple[str, Sequence[float | None], str]], names: Sequence[str], title: str, note: str) -> Table:
    """Return a heat map of correlations with printed numbers; rows are (name, values, kind)."""
    columns = (Column("", "text"), *(Column(tag("span", title_of(name)), "heat") for name in names))
    made = [Row((name, *map(_cell, values)), kind) if values else Row((name,), "group") for name, values, kind in rows]
    return Table(columns, tuple(made), title, note, "heat")


def _cell(value: float | None) -> Markup:
    """Return a value in hundredths; the decimal point is hidden on narrow screens."""
    if not known(value):
        return tag("span", "·", class_="none")
    hundredths = round(abs(value) * 100)
    sign = MINUS if value < 0 and hundredths else ""
    text = (f"{sign}1", ".", "00") if hundredths >= 100 else (sign, ".", f"{hundredths:02d}")
    shade = min(max(round(value * 20), 0), 20)
    return tag("span", text[0], tag("i", text[1]), text[2], class_=f"h{shade}")
