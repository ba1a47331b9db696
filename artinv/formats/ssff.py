"""Read and write SSFF track files (EMU, wrassp): an ASCII header that names the columns, then frames of binary numbers.

`Column <name> <type> <count>` is a column of `count` numbers; frame k is at the time start + k / rate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.core.files import replacing
from artinv.runtime.errors import BadData, reason

_END = re.compile(rb"^-{5,}[ \t]*\r?\n", re.MULTILINE)
_HEADER_LIMIT = 1 << 16  # bytes
_BYTE_ORDERS = {"IBM-PC": "<", "SPARC": ">"}
_TYPES = {"CHAR": "i1", "BYTE": "u1", "SHORT": "i2", "LONG": "i4", "FLOAT": "f4", "DOUBLE": "f8"}


@dataclass(frozen=True, slots=True)
class Track:
    """Content of a track file."""

    rate: float  # Hz
    start: float  # s, time of the first frame
    columns: dict[str, np.ndarray]  # name -> (frames, count), type and unit as in the file

    def column(self, ending: str) -> np.ndarray | None:
        """Return the first number of the first column whose name ends in `ending`, (frames,) float32; None if no name does."""
        return next((values[:, 0].astype(np.float32) for name, values in self.columns.items() if name.endswith(ending)), None)


def read(path: Path) -> Track:
    """Read a track file."""
    try:
        return parse(Path(path).read_bytes(), str(path))
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); restore the file from the corpus") from None


def parse(content: bytes, culprit: str) -> Track:
    """Read a track from the bytes of a file, header lines in any order; error messages begin with `culprit`."""
    end = _END.search(content, 0, _HEADER_LIMIT)
    if not content.startswith(b"SSFF") or end is None:
        raise BadData(f"{culprit}: is not an SSFF track (its header is not complete); restore the file from the corpus")
    rows = [line.split() for line in content[: end.start()].decode("latin-1").splitlines()]
    keys = {row[0]: row[1] for row in rows if len(row) == 2}
    order = _BYTE_ORDERS.get(keys.get("Machine", ""))
    if order is None:
        raise BadData(f"{culprit}: Machine is '{keys.get('Machine', '')[:20]}', expected one of {sorted(_BYTE_ORDERS)}; restore it")
    names = [row[1] for row in rows if row[:1] == ["Column"] and len(row) > 1]
    if len(set(names)) < len(names):
        raise BadData(f"{culprit}: two columns have the same name; restore the file from the corpus")
    frame = np.dtype([_field(culprit, row, order) for row in rows if row[:1] == ["Column"]])
    data = content[end.end():]
    if not frame.itemsize or len(data) % frame.itemsize:
        raise BadData(f"{culprit}: {len(data)} bytes are not a multiple of the frame size {frame.itemsize}; restore the file")
    values = np.frombuffer(data, frame)
    rate = _number(culprit, keys, "Record_Freq")
    if not 0 < rate < float("inf"):
        raise BadData(f"{culprit}: Record_Freq is {rate:g} Hz, expected a finite rate above 0; restore the file from the corpus")
    return Track(rate, _number(culprit, keys, "Start_Time"), {name: values[name].copy() for name in names})


def write(path: Path, columns: Mapping[str, np.ndarray], rate: float, facts: Mapping[str, str] | None = None) -> None:
    """Write columns of (frames,) as little-endian FLOAT; rate in Hz, the first frame at 0 s.

    `facts` become header variables of type CHAR: name -> text, ASCII without line breaks.
    """
    lines = [
        "SSFF -- (c) SHLRC", "Machine IBM-PC", f"Record_Freq {float(rate)}", "Start_Time 0.0",
        *(f"Column {name} FLOAT 1" for name in columns), *(f"{key} CHAR {value}" for key, value in (facts or {}).items()), "-" * 17,
    ]
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write("".join(f"{line}\n" for line in lines).encode("ascii"))
        file.write(np.stack(list(columns.values()), axis=1).astype("<f4").tobytes())


def _field(culprit: str, row: list[str], order: str) -> tuple[str, str, tuple[int]]:
    if len(row) != 4 or row[2] not in _TYPES or not re.fullmatch(r"[1-9]\d{0,5}", row[3]):
        raise BadData(f"{culprit}: the line '{' '.join(row)[:40]}' is not 'Column name type count'; restore the file")
    return row[1], order + _TYPES[row[2]], (int(row[3]),)


def _number(culprit: str, keys: dict[str, str], key: str) -> float:
    try:
        return float(keys[key])
    except (KeyError, ValueError):
        raise BadData(f"{culprit}: {key} is '{keys.get(key, '')[:20]}', expected a number; restore the file") from None
