"""Read and write EST track files (MOCHA, MNGU0): an ASCII header, then rows of time, break flag and channels as text or float32.

Channel i is column i + 2 of a row, because time and break flag come first (column i + 1 if the header has no breaks). Channel
names can repeat and can end in blanks; therefore look up a channel with `EstTrack.column`, not in a dict of names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.core.files import replacing
from artinv.runtime.errors import BadData, reason

_END = re.compile(rb"^EST_Header_End[ \t]*\r?\n", re.MULTILINE)
_HEADER_LIMIT = 1 << 16  # bytes; the longest known header, of 87 channels, has 2 kB
_BYTE_ORDERS = {"01": "<f4", "10": ">f4"}


@dataclass(frozen=True, slots=True)
class EstTrack:
    """Content of a track file; rows marked as breaks are NaN."""

    path: Path
    names: tuple[str, ...]  # one per channel, trailing blanks and duplicates as in the file
    times: np.ndarray  # (frames,) float64, s
    values: np.ndarray  # (frames, channels) float32, in the file's unit

    def column(self, name: str) -> np.ndarray | None:
        """Return the first channel of this name, ignoring blanks at the ends of names; None if no channel has it."""
        for index, candidate in enumerate(self.names):
            if candidate.strip() == name:
                return self.values[:, index]
        return None

    def clock(self, nominal: float) -> tuple[float, float, tuple[str, ...]]:
        """Return start in s, rate in Hz and notes; `nominal` Hz from 0 s if the times are all zero or not finite."""
        steps = np.diff(self.times)
        if not np.isfinite(self.times).all() or not self.times.any():
            return 0.0, nominal, ("time column says nothing, nominal rate assumed",)
        if len(steps) == 0:
            return float(self.times[0]), nominal, ()
        rate = len(steps) / (self.times[-1] - self.times[0]) if self.times[-1] > self.times[0] else 0.0
        if rate <= 0 or np.abs(steps * rate - 1).max() > 0.1:
            raise BadData(f"{self.path}: its time column does not increase in equal steps; restore the file from the corpus")
        exact = abs(rate / nominal - 1) < 1e-4  # the resolution of float32 times
        return float(self.times[0]), nominal if exact else float(rate), ()


def read(path: Path) -> EstTrack:
    """Read a binary or ASCII track; the keys of the header may come in any order."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); restore the file from the corpus") from None
    end = _END.search(content, 0, _HEADER_LIMIT)
    if not content.startswith(b"EST_File Track") or end is None:
        raise BadData(f"{path}: is not an EST track (its header is not complete); restore the file from the corpus")
    keys, names = _header(content[: end.start()].decode("latin-1"))
    frames, channels = _count(path, keys, "NumFrames"), _count(path, keys, "NumChannels")
    lead = 2 if keys.get("BreaksPresent", "false").lower() == "true" else 1
    rows = _rows(path, keys, memoryview(content)[end.end():], frames, lead + channels)
    with np.errstate(over="ignore", invalid="ignore"):
        times, values = rows[:, 0].astype(np.float64), rows[:, lead:].astype(np.float32)
    if lead == 2:
        values[rows[:, 1] == 0] = np.nan
    return EstTrack(path, tuple(names.get(index, "") for index in range(channels)), times, values)


def write(path: Path, names: Sequence[str], values: np.ndarray, rate: float) -> None:
    """Write a little-endian binary track without breaks; `values` is (frames, channels), rate in Hz, the first frame at 0 s."""
    rows = np.empty((len(values), 2 + len(names)), "<f4")
    rows[:, 0] = np.arange(len(values)) / rate
    rows[:, 1] = 1.0
    rows[:, 2:] = values
    header = (
        f"EST_File Track\nDataType binary\nNumFrames {len(values)}\nByteOrder 01\nNumChannels {len(names)}\nEqualSpace 1\n"
        "BreaksPresent true\nCommentChar ;\n\n"
        + "".join(f"Channel_{index} {name}\n" for index, name in enumerate(names))
        + "EST_Header_End\n"
    )
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(header.encode("latin-1"))
        file.write(rows.tobytes())


def scaled(values: np.ndarray, unit: float) -> np.ndarray:
    """Return values in mm (`unit`: mm per unit of the file); overflow gives infinity, which the record rejects."""
    with np.errstate(over="ignore", invalid="ignore"):
        return values * np.float32(unit)


def _header(text: str) -> tuple[dict[str, str], dict[int, str]]:
    keys, names = {}, {}
    for line in text.replace("\r\n", "\n").split("\n"):
        key, _, value = line.partition(" ")
        if match := re.fullmatch(r"Channel_(\d{1,9})", key):
            names[int(match[1])] = value
        else:
            keys[key] = value.strip()
    return keys, names


def _count(path: Path, keys: dict[str, str], key: str) -> int:
    value = keys.get(key, "")
    if not re.fullmatch(r"[0-9]{1,15}", value) or int(value) < 1:
        raise BadData(f"{path}: {key} is '{value[:20]}', expected a whole number above 0; restore the file from the corpus")
    return int(value)


def _rows(path: Path, keys: dict[str, str], data: memoryview, frames: int, width: int) -> np.ndarray:
    """Return the numbers as (frames, width); allocate nothing before the counts of the header agree with the size of the file."""
    kind = keys.get("DataType", "")
    if kind == "ascii":
        try:
            numbers = np.array(bytes(data).split(), dtype=np.float64)
        except ValueError:
            raise BadData(f"{path}: holds text between its numbers; restore the file from the corpus") from None
    elif kind == "binary":
        order = keys.get("ByteOrder", "")
        if order not in _BYTE_ORDERS:
            raise BadData(f"{path}: ByteOrder is '{order[:20]}', expected one of {sorted(_BYTE_ORDERS)}; restore the file")
        if len(data) % 4:
            raise BadData(f"{path}: the size of its data is not a multiple of 4 bytes (float32); restore the file from the corpus")
        numbers = np.frombuffer(data, _BYTE_ORDERS[order])
    else:
        raise BadData(f"{path}: DataType is '{kind[:20]}', expected one of ['ascii', 'binary']; restore the file")
    if len(numbers) != frames * width:
        raise BadData(
            f"{path}: the header announces {frames} frames of {width} numbers, the file holds {len(numbers)} numbers; "
            "restore the file from the corpus"
        )
    return numbers.reshape(frames, width)
