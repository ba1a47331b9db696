"""Mapping of a user's own recordings to the coils, axes, unit and rate of this project, read from a small YAML file.

Positions are in tables (`csv`, `npz`), in one SSFF file per sensor beside the sound (`ssff`), in EMU bundles (`emu`), or in files
of articulographs (`pos`, `tsv`, `mat`).
"""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, field_validator, model_validator

from artinv.core.channels import COIL_COLUMNS, COILS, Coil
from artinv.formats import ssff, table
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params, read_yaml

UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "inch": 25.4}
"""Name of a unit -> its size in mm."""

DEVICES = ("pos", "tsv", "mat")
"""Formats with all three coordinates, which are named x, y and z."""

SPEAKER = "{speaker}"

Sensor = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
"""Name of a sensor, or its number."""


class Head(Params):
    """How the motion of the head is removed."""

    references: tuple[Sensor, ...] = Field(min_length=3)  # sensors that move with the skull only
    bite_plane: str | None = None  # path of a recording that gives the head's position, below the folder of the mapping file
    corners: tuple[Sensor, Sensor, Sensor] | None = None  # sensors on the bite plane: at the upper incisors, rear left, rear right

    @field_validator("bite_plane")
    @classmethod
    def _below(cls, value: str | None) -> str | None:
        if value is not None and (not value or value.startswith("/") or ".." in value.split("/")):
            raise ValueError("expected a path below the folder of the mapping file")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Head":
        if self.corners and not self.bite_plane:
            raise ValueError("corners are sensors of a recording of the bite plane; name it with `bite_plane`")
        return self

    def is_bite_plane(self, path: str) -> bool:
        """Return whether a path below the folder of the mapping file, without its ending, names a recording of a bite plane."""
        if self.bite_plane is None:
            return False
        parts = PurePosixPath(self.bite_plane).with_suffix("").as_posix().split(SPEAKER)
        return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


class Mapping(Params):
    """Content of the mapping file."""

    motion: Literal["csv", "npz", "ssff", "emu", "pos", "tsv", "mat"]
    sensors: dict[Coil, Sensor] = Field(min_length=1)  # coil -> name of a sensor in the files; in a pos the number of its channel
    x: str  # name of the axis to the front, after a minus if it points to the back
    y: str  # name of the axis upwards, after a minus if it points down
    unit: float = Field(gt=0)  # mm; in the file a key of UNITS, or a number of mm
    columns: str = "{sensor}_{axis}"  # name of a column of a table; SSFF columns end in the name of the axis
    rate: float | None = Field(None, gt=0)  # Hz, for tables without a column of times
    time: str | None = None  # name of the column of times in s of a table
    start: float = 0.0  # s, time of the first row of a table without a column of times, or of the first sample of a pos
    lost: float | None = None  # value of both axes where a sensor is lost; NaN is always lost
    speaker: str  # a name, or a regular expression for file names; its first group is the speaker
    frame: Literal["incisors", "unknown"] = "unknown"  # position of the origin; unknown: estimated for each speaker
    labels: str | None = None  # ending of files with rows of `start end phone`, or a level of EMU bundles
    head: Head | None = None  # for files of articulographs

    @field_validator("x", "y")
    @classmethod
    def _axis(cls, value: str) -> str:
        if not re.fullmatch(r"[+-]?[A-Za-z_]\w*", value):
            raise ValueError("expected the name of an axis, after a minus if it points to the back or down, such as -posy")
        return value

    @field_validator("unit", mode="before")
    @classmethod
    def _unit(cls, value: object) -> object:
        if isinstance(value, str) and value not in UNITS:
            raise ValueError(f"expected one of {list(UNITS)}, or a number of mm")
        return UNITS.get(value, value) if isinstance(value, str) else value

    @field_validator("speaker")
    @classmethod
    def _speaker(cls, value: str) -> str:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # warnings about syntax that later versions of Python may change
                groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"is not a regular expression ({error})") from None
        if groups == 0 and not re.fullmatch(r"\w[\w-]*", value):
            raise ValueError("expected a name of letters and digits, or an expression with one (group) that is the name")
        return value

    @field_validator("columns")
    @classmethod
    def _columns(cls, value: str) -> str:
        rest = value.replace("{sensor}", "", 1).replace("{axis}", "", 1)
        if "{" in rest or "}" in rest or len(value) - len(rest) != len("{sensor}{axis}"):
            raise ValueError("expected {sensor} and {axis} in it, once each, and no other braces")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Mapping":
        tables = self.motion in ("csv", "npz")
        if tables and (self.rate is None) == (self.time is None):
            raise ValueError(f"motion: {self.motion} needs either `rate` in Hz or `time`, the name of a column in s")
        if not tables and (self.rate is not None or self.time is not None or (self.start and self.motion != "pos")):
            raise ValueError(f"motion: {self.motion} files contain rate and start; remove `rate`, `time` and `start`")
        if len(set(self.sensors.values())) < len(self.sensors):
            raise ValueError("sensors: two coils have the same sensor")
        if self.x.lstrip("+-") == self.y.lstrip("+-"):
            raise ValueError("x and y name the same axis")
        self._check_device()
        return self

    def _check_device(self) -> None:
        if self.head and self.motion not in DEVICES:
            raise ValueError(f"head: needs all three coordinates, which only motion: {', '.join(DEVICES)} have; remove `head`")
        if self.motion in DEVICES and not {*axes(self)} <= {"x", "y", "z"}:
            raise ValueError(f"motion: {self.motion} files have the axes x, y and z; correct `x` and `y`")
        if self.motion in ("pos", "tsv") and self.unit != 1:
            raise ValueError(f"motion: {self.motion} files are read in mm; write `unit: mm`")
        if self.motion == "mat" and self.labels:
            raise ValueError("motion: mat files contain their labels; remove `labels`")
        if self.head and self.head.corners and (self.x, self.y) != ("x", "y"):
            raise ValueError("head.corners: on the bite plane x is to the front and y upwards; write `x: x` and `y: y`")

    def owner(self, name: str) -> str | None:
        """Return the speaker of a file; None if its name does not match the expression."""
        expression = re.compile(self.speaker)
        if not expression.groups:
            return self.speaker
        match = expression.fullmatch(name)
        return match[1] if match and match[1] else None


@dataclass(frozen=True, slots=True)
class Motion:
    """Coil positions in the unified frame."""

    coils: np.ndarray  # (frames, 14) float32, mm, NaN where missing or lost
    rate: float  # Hz
    start: float  # s
    notes: tuple[str, ...]


def read(path: Path) -> Mapping:
    """Read a mapping file; cache the result until the file changes."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Mapping:
    return Mapping.of(read_yaml(path), str(path))


def from_tracks(mapping: Mapping, tracks: dict[str, ssff.Track], culprit: Path) -> Motion:
    """Return the positions in SSFF tracks, one track per sensor."""
    columns, clocks = {}, set()
    for sensor, track in tracks.items():
        for axis in axes(mapping):
            column = track.column(axis)
            if column is not None:
                columns[sensor, axis] = column
                clocks.add((track.rate, track.start, len(column)))
    if len(clocks) != 1:
        raise BadData(
            f"{culprit}: holds no EMA tracks of equal rate, start and length (tracks {sorted(tracks)}; with {axes(mapping)}: "
            f"{sorted({sensor for sensor, _ in columns})}); correct `sensors`, `x` and `y`, or remove the file"
        )
    ((rate, start, frames),) = clocks
    coils, notes = to_coils(mapping, columns, frames, culprit, sorted(tracks))
    return Motion(coils, rate, start, notes)


def from_table(mapping: Mapping, path: Path) -> Motion:
    """Read the positions in a table of named columns."""
    columns = table.read(path)
    named = {
        (sensor, axis): columns[name] for sensor in mapping.sensors.values() for axis in axes(mapping)
        if (name := mapping.columns.replace("{sensor}", sensor).replace("{axis}", axis)) in columns
    }
    rate, start = mapping.rate, mapping.start
    if mapping.time is not None:
        if mapping.time not in columns:
            raise BadData(f"{path}: has no column '{mapping.time}' (columns {sorted(columns)[:12]}); correct `time`")
        rate, start = _clock(columns[mapping.time], path)
    frames = len(next(iter(columns.values())))
    coils, notes = to_coils(mapping, named, frames, path, sorted(columns))
    assert rate is not None  # without a column of times there is a rate
    return Motion(coils, rate, start, notes)


def axes(mapping: Mapping) -> tuple[str, str]:
    """Return the names of the axes to the front and upwards, without their signs."""
    return mapping.x.lstrip("+-"), mapping.y.lstrip("+-")


def to_coils(
    mapping: Mapping, columns: dict[tuple[str, str], np.ndarray], frames: int, culprit: Path, available: list[str],
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the coils (frames, 14) in mm, and notes on missing sensors."""
    coils, missing, unit = np.full((frames, len(COIL_COLUMNS)), np.nan, np.float32), [], np.float32(mapping.unit)
    for coil in COILS:
        sensor = mapping.sensors.get(coil)
        if sensor is None:
            continue
        pair = [columns[sensor, axis] for axis in axes(mapping) if (sensor, axis) in columns]
        if len(pair) < 2:
            missing.append(sensor)
            continue
        seen = np.isfinite(pair[0]) & np.isfinite(pair[1])
        if mapping.lost is not None:
            seen &= (pair[0] != mapping.lost) | (pair[1] != mapping.lost)
        for name, values, axis in zip("xy", pair, (mapping.x, mapping.y), strict=True):
            sign = np.float32(-1 if axis.startswith("-") else 1)
            with np.errstate(over="ignore", invalid="ignore"):
                coils[seen, COIL_COLUMNS.index(f"{coil}_{name}")] = (sign * unit * values.astype(np.float32))[seen]
    if len(missing) == len(mapping.sensors):
        raise BadData(
            f"{culprit}: has none of the sensors {sorted(missing)} with the axes {list(axes(mapping))} (it has {available[:14]}); "
            "correct `sensors`, `x`, `y` and `columns`"
        )
    return coils, (f"no sensor {', '.join(sorted(missing))}",) if missing else ()


def _clock(times: np.ndarray, path: Path) -> tuple[float, float]:
    """Return rate in Hz and start in s of a column of times."""
    steps = np.diff(times)
    middle = float(np.median(steps)) if len(steps) else 0.0
    if not middle > 0 or not np.abs(steps / middle - 1).max() < 0.1:
        raise BadData(f"{path}: its times do not increase in equal steps; correct them, or replace `time` by `rate`")
    return len(steps) / float(times[-1] - times[0]), float(times[0])
