"""Read tables of numbers with named columns: text with commas, semicolons or tabs, and .npz archives of arrays."""

import csv
from pathlib import Path

import numpy as np

from artinv.core.files import ARCHIVE_ERRORS
from artinv.runtime.errors import BadData, reason


def read(path: Path) -> dict[str, np.ndarray]:
    """Read a table: name -> (rows,) float64; an empty cell becomes NaN. In an .npz every array of one dimension is a column."""
    columns = _npz(path) if path.suffix.lower() == ".npz" else _csv(path)
    if not columns or len({len(column) for column in columns.values()}) > 1 or not len(next(iter(columns.values()))):
        raise BadData(f"{path}: does not hold columns of equal length; write a line of names, then one row per frame")
    return columns


def _csv(path: Path) -> dict[str, np.ndarray]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: cannot be read as text ({reason(error)[:80]}); save it as UTF-8") from None
    head = lines[0] if lines else ""
    separator = max(",;\t", key=head.count)
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error as error:
        raise BadData(f"{path}: is not a table ({error}); check that every quotation mark is closed") from None
    if not rows or len(rows[0]) < 2:
        raise BadData(f"{path}: its first line does not hold column names; write them, separated by commas, semicolons or tabs")
    names, width = [name.strip() for name in rows[0]], len(rows[0])
    if len(set(names)) < width:
        raise BadData(f"{path}: two columns have the same name; rename one")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != width:
            raise BadData(f"{path}: row {number} has {len(row)} cells, expected {width}; correct it")
    try:
        values = np.array([[cell.strip() or "nan" for cell in row] for row in rows[1:]], dtype=float).reshape(-1, width)
    except ValueError as error:
        raise BadData(f"{path}: {error}; every cell below the names must be a number or empty") from None
    return dict(zip(names, values.T, strict=True))


def _npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:  # numpy does not close a broken file
            return {name: archive[name].astype(float) for name in archive.files if archive[name].ndim == 1}
    except ARCHIVE_ERRORS as error:
        raise BadData(f"{path}: cannot be read as an .npz of numbers ({reason(error)[:80]}); save it again") from None
