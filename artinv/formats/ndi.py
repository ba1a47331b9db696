"""Read tables (`.tsv`) of the articulograph NDI Wave: one row per frame, nine columns per sensor.

Its program names columns `Sensor 3 Id`, `Sensor 3 Status`, `X[mm]`, `Y[mm]`, `Z[mm]`, `Q0`, `Qx`, `Qy`, `Qz` and begins each row
with the time, `AudioTime[s]`, and two counters, `MeasId` and `WavId`. Cells of a lost sensor are empty.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.runtime.errors import BadData, one_line, reason

FARTHEST = 1000.0
"""Largest coordinate in mm; beyond it the number marks a missing position, as the device's -3.7e28 does."""

_SENSOR = re.compile(r"sensor (\d{1,4}) id")
_AXES, _TURNS = ("x", "y", "z"), ("q0", "qx", "qy", "qz")
_UNITS = {"": 1.0, "mm": 1.0, "cm": 10.0, "m": 1000.0}
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3}
_RATES = (100.0, 200.0, 400.0)  # Hz, of the device
_RESOLUTION = 2e-4  # s, of the difference of two times, which are rounded to 0.1 ms
_UNEVEN = 0.25  # of a frame, deviation of a time from its frame
_SHORTEST = 1e-5  # s, step of time
_SPARSE = 10  # frames per row beyond which the time column leaps


@dataclass(frozen=True, slots=True)
class Table:
    """Content of a table at equal steps of time; frames and sensors that the device lost are NaN."""

    rate: float  # Hz, estimated from the times; a rate of the device, or else a whole number, where they allow it
    start: float  # s from the start of the sound, time of the first frame
    sensors: tuple[str, ...]  # numbers of the sensors as in the header
    positions: np.ndarray  # (frames, sensors, 3) float32, mm, axes of the device
    quaternions: np.ndarray  # (frames, sensors, 4) float32: Q0, Qx, Qy, Qz
    notes: tuple[str, ...] = ()  # rows left out, frames filled in


def read(path: Path) -> Table:
    """Read a table; rows that are missing in the file become frames of NaN."""
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: cannot be read as text ({reason(error)[:80]}); export it again from the device") from None
    names = [_parted(cell) for cell in (lines[0] if lines else "").split("\t")]
    starts = [index for index, (name, _) in enumerate(names) if _SENSOR.fullmatch(name)]
    if not starts or "time" not in names[0][0]:
        raise BadData(f"{path}: its first line does not name a time and a 'Sensor 1 Id'; export it again from the device")
    numbered = [(number, line.split("\t")) for number, line in enumerate(lines[1:], 2) if line.strip()]
    for number, row in numbered:
        if len(row) < len(names) or any(cell.strip() for cell in row[len(names):]):
            raise BadData(f"{path}: row {number} has {len(row)} cells, expected {len(names)}; export it again from the device")
    seconds = _SECONDS.get(names[0][1])
    if seconds is None:
        raise BadData(f"{path}: the unit of its time is '{one_line(names[0][1][:20])}', expected one of {sorted(_SECONDS)}")
    rows = [row for _, row in numbered]
    times = _numbers(path, rows, 0) * seconds
    notes: tuple[str, ...] = ()
    if len(times) > 2 and times[0] > times[1]:
        rows, times, notes = rows[1:], times[1:], ("first row left out: its time is later than that of the next row",)
    rate, places = _clock(path, times)
    if len(places) <= places[-1]:
        notes += (f"{places[-1] + 1 - len(places)} missing frames filled with NaN",)
    values = np.full((places[-1] + 1, len(starts), 7), np.nan, np.float32)
    for sensor, (first, last) in enumerate(zip(starts, [*starts[1:], len(names)], strict=True)):
        values[places, sensor] = _sensor(path, rows, names[first:last], first)
    sensors = tuple(_SENSOR.fullmatch(names[index][0])[1] for index in starts)  # type: ignore[index]
    return Table(rate, float(times[0]), sensors, values[..., :3].copy(), values[..., 3:].copy(), notes)


def _parted(cell: str) -> tuple[str, str]:
    """Return name and unit of a column in lower case.

    >>> _parted("AudioTime[s]"), _parted(" X [mm]"), _parted("Qx")
    (('audiotime', 's'), ('x', 'mm'), ('qx', ''))
    """
    name, _, unit = cell.strip().strip('"').lower().partition("[")
    return " ".join(name.split()), unit.rstrip("] ")


def _clock(path: Path, times: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the rate in Hz and the frame number of each row."""
    with np.errstate(all="ignore"):
        steps = np.diff(times)
        if not len(steps) or not np.isfinite(steps).all() or not (steps > 0).all():
            raise BadData(f"{path}: its times do not increase from row to row; export it again from the device")
        step = float(np.median(steps))
    if not _SHORTEST <= step <= times[-1] - times[0] <= _SPARSE * len(times) * step:
        raise BadData(f"{path}: its time column leaps; export it again from the device")
    places = np.concatenate([[0], np.cumsum(np.maximum(np.rint(steps / step), 1))])
    rate = places[-1] / (times[-1] - times[0])
    likely = (*_RATES, max(np.rint(rate), 1.0))
    rate = float(next((value for value in likely if abs(rate / value - 1) < _RESOLUTION / (times[-1] - times[0])), rate))
    if np.abs((times - times[0]) * rate - places).max() > _UNEVEN:
        raise BadData(f"{path}: its time column does not increase in equal steps; export it again from the device")
    return rate, places.astype(int)


def _sensor(path: Path, rows: Sequence[Sequence[str]], names: Sequence[tuple[str, str]], first: int) -> np.ndarray:
    """Return positions and quaternion of a sensor, (rows, 7)."""
    places = {name.rsplit(" ", 1)[-1]: first + offset for offset, (name, _) in enumerate(names)}
    units = {names[places[axis] - first][1] for axis in _AXES if axis in places}
    if any(axis not in places for axis in _AXES) or len(units) > 1 or not units <= set(_UNITS):
        fault = f"'{names[0][0]}' is not followed by X, Y and Z in one unit of {sorted(_UNITS)}"
        raise BadData(f"{path}: {fault}; export it again from the device")
    unit = _UNITS[units.pop()]
    columns = [_numbers(path, rows, places[axis]) for axis in _AXES]
    columns += [_numbers(path, rows, places[turn]) if turn in places else np.full(len(rows), np.nan) for turn in _TURNS]
    values = np.stack(columns, axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        values[:, :3] *= unit
        lost = ~(np.abs(values[:, :3]) <= FARTHEST).all(axis=1)
    if "status" in places:
        lost |= np.array([_lost(row[places["status"]]) for row in rows])
    values[lost] = np.nan
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _lost(status: str) -> bool:
    """Return whether a status in words says that the sensor is lost; a status in figures, a set of flags, does not say so."""
    return any(character.isalpha() for character in status) and status.strip().lower() != "ok"


def _numbers(path: Path, rows: Sequence[Sequence[str]], place: int) -> np.ndarray:
    """Return a column as float64, NaN for an empty cell."""
    try:
        return np.array([row[place].strip() or "nan" for row in rows], dtype=np.float64)
    except ValueError as error:
        raise BadData(f"{path}: {one_line(reason(error)[:60])} in column {place + 1}; export it again from the device") from None
