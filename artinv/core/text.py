"""Format figures and tables as plain text."""

import math
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Return a table as lines: the first `left` columns left-aligned, the others right-aligned, two spaces between columns.

    >>> aligned([["a", "1.0"], ["bcd", "10.0"]])
    ['a     1.0', 'bcd  10.0']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) if at < left else cell.rjust(width) for at, (cell, width) in
                      enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]


def figure(value: float | None, digits: int) -> str:
    """Return a number as text, or a dash if it is None or not finite."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def span(low: float | None, high: float | None, digits: int) -> str:
    """Return an interval as text, or a dash if `low` is None or not finite."""
    return "-" if figure(low, digits) == "-" else f"[{figure(low, digits)}, {figure(high, digits)}]"
