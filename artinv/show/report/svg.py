"""SVG elements with positions in percent, so that text keeps its size on any screen width."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from artinv.show.report.parts import MINUS

_STEPS = (1, 2, 2.5, 5, 10)
_SHAPES = {  # px, relative to the position of the mark
    "circle": "M-4.5 0A4.5 4.5 0 1 1 4.5 0A4.5 4.5 0 1 1-4.5 0Z",
    "diamond": "M0-5.2 5.2 0 0 5.2-5.2 0Z",
    "square": "M-3.6-3.6H3.6V3.6H-3.6Z",
    "bar": "M-.9-7H.9V7H-.9Z",
    "triangle": "M0-4.8 4.6 3.6H-4.6Z",
    "cross": "M-1.5-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
}
SHAPE_OF = {"model": "circle", "second": "triangle", "third": "cross", "ridge": "diamond", "trivial": "square", "target": "bar",
            "zero-shot": "bar"}
"""Shape of each series; page.css defines the colours."""


def tag(name: str, *inside: str, **attributes: object) -> Markup:
    """Return an element. Text and values are escaped; `class_` becomes class, other underscores become hyphens.

    >>> tag("text", "a<b", class_="x", stroke_width=2)
    Markup('<text class="x" stroke-width="2">a&lt;b</text>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, inside))}</{name}>")  # noqa: S704  all parts are escaped


@dataclass(frozen=True, slots=True)
class Axis:
    """Range of values with round ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def within(cls, low: float, high: float) -> "Axis":
        """Return an axis from `low` to `high`, with whole round ticks in between.

        >>> Axis.within(1, 33)
        Axis(low=1, high=33, ticks=(10.0, 20.0, 30.0))
        """
        if not high > low:
            return cls(low - 1, low + 1, (low,))
        around = cls.around((low, high), whole=True)
        return cls(low, high, tuple(tick for tick in around.ticks if low <= tick <= high))

    @classmethod
    def around(cls, values: Iterable[float], *more: float, most: int = 5, whole: bool = False) -> "Axis":
        """Return the smallest axis with round ends that contains all finite values, with at most `most` steps.

        >>> Axis.around([0.2, 3.1], 0)
        Axis(low=0.0, high=4.0, ticks=(0.0, 1.0, 2.0, 3.0, 4.0))
        """
        finite = [float(value) for value in (*values, *more) if math.isfinite(value)] or [0.0]
        low, high = min(finite), max(finite)
        if not high - low > 1e-9 * max(abs(low), abs(high)):
            low, high = low - 0.5, high + 0.5
        power = 10.0 ** math.floor(math.log10((high - low) / most))
        steps = [step * power for step in _STEPS if not whole or (step * power).is_integer()] or [1.0]
        step = next((step for step in steps if math.ceil(high / step - 1e-9) - math.floor(low / step + 1e-9) <= most), steps[-1])
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = tuple(round(number * step, 10) + 0.0 for number in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    def share(self, value: float) -> float:
        """Return the position in the range, from 0 to 1; values outside are clipped."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def at(self, value: float) -> str:
        """Return the position as a percentage."""
        return f"{100 * self.share(value):.2f}%"

    def down(self, value: float) -> str:
        """Return the position as a percentage from the top."""
        return f"{100 * (1 - self.share(value)):.2f}%"

    @property
    def key(self) -> str:
        """Id of the grid."""
        return f"grid{self.low:g}to{self.high:g}by{len(self.ticks)}"

    def grid(self) -> Markup:
        """Return vertical lines at the ticks, which charts with this axis share."""
        return tag("g", *(tag("line", x1=self.at(tick), x2=self.at(tick), y1="0", y2="100%", class_="zero" if tick == 0 else "grid")
                          for tick in self.ticks), id=self.key)

    def named(self) -> list[tuple[float, str]]:
        """Return the ticks with their labels, with as few digits as needed."""
        for digits in range(6):
            texts = [f"{tick:.{digits}f}" for tick in self.ticks]
            if all(abs(float(text) - tick) < 1e-9 * (self.high - self.low) for text, tick in zip(texts, self.ticks, strict=True)):
                break
        return [(tick, text.replace("-", MINUS)) for tick, text in zip(self.ticks, texts, strict=True)]


def shape(series: str) -> str:
    """Return the id of the outline of a series' mark."""
    return SHAPE_OF.get(series, "circle")


def shapes() -> Markup:
    """Return the outlines of all marks, which a page has once."""
    return tag("svg", tag("defs", *(tag("path", id=name, d=outline) for name, outline in _SHAPES.items())), class_="defs",
               aria_hidden="true")


def mark(series: str, x: str, y: str = "50%") -> Markup:
    """Return the mark of a series."""
    return tag("use", href=f"#{shape(series)}", x=x, y=y, class_=f"mark {series}")


def curve(points: Sequence[tuple[float, float]], across: Axis, up: Axis, class_: str) -> Markup:
    """Return a curve through the finite points, with gaps at the others, in the coordinates of `stretched`."""
    pieces, start = [], True
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            pieces.append(f"{'M' if start else 'L'}{1000 * across.share(x):.0f} {1000 * (1 - up.share(y)):.0f}")
        start = not (math.isfinite(x) and math.isfinite(y))
    return tag("path", d="".join(pieces), class_=f"curve {class_}", vector_effect="non-scaling-stroke")


def stretched(*inside: str) -> Markup:
    """Return an SVG that stretches the curves over the whole panel."""
    return tag("svg", *inside, viewBox="0 0 1000 1000", preserveAspectRatio="none", width="100%", height="100%", overflow="visible")
