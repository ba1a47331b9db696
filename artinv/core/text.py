"""Figures and tables as plain text."""

import math
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Columns of equal width, the first `left` flush left, the others flush right, two blanks between.

    >>> aligned([["a", "1.0"], ["bcd", "10.0"]])
    ['a     1.0', 'bcd  10.0']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) if at < left else cell.rjust(width) for at, (cell, width) in
                      enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]


def figure(value: float | None, digits: int) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def span(low: float | None, high: float | None, digits: int) -> str:
    """An interval, or a dash where there is none."""
    return "-" if figure(low, digits) == "-" else f"[{figure(low, digits)}, {figure(high, digits)}]"
