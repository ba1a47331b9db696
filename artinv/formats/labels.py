"""Read label files: rows of times and a phone, in the formats of MOCHA, of MNGU0 (xwaves) and of HTK."""

from collections.abc import Callable, Sequence
from pathlib import Path

from artinv.core.records import Label
from artinv.runtime.errors import BadData, reason

_HTK_RATE = 1e7  # units of 100 ns in 1 s


def spans(path: Path) -> tuple[Label, ...]:
    """Read rows of `start end phone` in s, without a header (MOCHA)."""
    return tuple(_label(path, row, row[0], row[1]) for row in _complete(path, _rows(path)))


def ends(path: Path) -> tuple[Label, ...]:
    """Read rows of `end colour phone` in s after a line `#`; each phone starts at the end of the previous one (MNGU0)."""
    rows = _rows(path)
    if ["#"] not in rows:
        raise BadData(f"{path}: has no line '#' that ends its header; restore the file from the corpus")
    rows = _complete(path, rows[rows.index(["#"]) + 1:])
    starts = ["0", *(row[0] for row in rows)]
    return tuple(_label(path, row, start, row[0]) for row, start in zip(rows, starts, strict=False))


def htk(path: Path) -> tuple[Label, ...]:
    """Read rows of `start end phone` in units of 100 ns; further columns, as scores, are left out, and so is all after `///`."""
    rows = _complete(path, _best(_rows(path)))
    return tuple(_label(path, row, row[0], row[1], scale=_HTK_RATE) for row in rows)


def read(path: Path) -> tuple[Label, ...]:
    """Read a label file of any of the three formats; its content determines the format.

    A line `#` marks the format of xwaves. Rows of whole numbers that reach 1 ms in units of HTK have that format.
    """
    rows = _rows(path)
    if ["#"] in rows:
        return ends(path)
    times = [field for row in _best(rows) for field in row[:2]]
    return (htk if all(map(str.isdecimal, times)) and any(len(time) > 4 for time in times) else spans)(path)


def optional(path: Path | None, parse: Callable[[Path], tuple[Label, ...]]) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Return labels and notes; if the label file is missing or broken, return no labels, so that the utterance remains usable."""
    if path is None:
        return (), ("no label file",)
    try:
        labels = parse(path)
    except BadData as error:
        return (), (f"label file not usable: {error}",)
    return labels, () if labels else (f"label file not usable: {path} names no phone",)


def _rows(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); restore the file from the corpus") from None
    return [fields for line in lines if (fields := line.split())]


def _best(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows of the first of several alternatives, which HTK separates by `///`."""
    return rows[: rows.index(["///"])] if ["///"] in rows else rows


def _complete(path: Path, rows: list[list[str]]) -> list[list[str]]:
    for row in rows:
        if len(row) < 3:
            raise _fault(path, row)
    return rows


def _label(path: Path, row: Sequence[str], start: str, end: str, scale: float = 1.0) -> Label:
    try:
        label = Label(row[2], float(start) / scale, float(end) / scale)
    except ValueError:
        raise _fault(path, row) from None
    if not 0 <= label.start <= label.end < float("inf"):
        raise BadData(f"{path}: the row '{' '.join(row)[:40]}' has negative or decreasing times; correct it")
    return label


def _fault(path: Path, row: Sequence[str]) -> BadData:
    return BadData(f"{path}: the row '{' '.join(row)[:40]}' does not hold times and a phone; correct it")
