"""Read the positions of a user's own articulograph, remove head motion, and convert them to the coordinates of the bite plane."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artinv.corpora.native import mapping
from artinv.corpora.native.mapping import SPEAKER, Head, Mapping, Motion
from artinv.formats import ag50x, mview, ndi
from artinv.runtime.errors import BadData
from artinv.signal import head


@dataclass(frozen=True, slots=True)
class Recording:
    """Positions of all sensors in one file."""

    sensors: tuple[str, ...]
    positions: np.ndarray  # (frames, sensors, 3), mm; NaN where lost
    rate: float  # Hz
    start: float  # s
    notes: tuple[str, ...] = ()


def read(spec: Mapping, path: Path, place: Path, speaker: str) -> Motion:
    """Read the coils of one recording; `place` is the folder of the mapping file, below which the bite plane's recording lies."""
    recording = _recording(spec, path)
    positions = recording.positions
    if spec.head is not None:
        bite = place / spec.head.bite_plane.replace(SPEAKER, speaker) if spec.head.bite_plane else None
        shape, corners = _bite_plane(_recording(spec, bite), spec.head, bite) if bite else (None, None)
        positions = _at_rest(recording, _numbers(recording, spec.head.references, path, "head.references"), shape, corners, path)
    columns = {
        (sensor, axis): positions[:, number, index]
        for number, sensor in enumerate(recording.sensors) for index, axis in enumerate("xyz")
    }
    in_mm = spec.model_copy(update={"lost": None, "unit": 1.0})
    coils, notes = mapping.to_coils(in_mm, columns, len(positions), path, list(recording.sensors))
    return Motion(coils, recording.rate, recording.start, (*recording.notes, *notes))


def _recording(spec: Mapping, path: Path) -> Recording:
    """Read a file in the format of the mapping."""
    if not path.is_file():
        raise BadData(f"{path}: is missing; put the recording of the bite plane there, or correct `head.bite_plane`")
    if spec.motion == "pos":
        sweep = ag50x.read(path)
        numbers = tuple(str(number) for number in range(1, 1 + sweep.positions.shape[1]))
        found = Recording(numbers, sweep.positions, sweep.rate, spec.start)
    elif spec.motion == "tsv":
        table = ndi.read(path)
        found = Recording(table.sensors, table.positions, table.rate, table.start, table.notes)
    else:
        found = _of_mview(spec, path)
    with np.errstate(over="ignore", invalid="ignore"):
        positions = found.positions * np.float32(spec.unit)
    lost = ~np.isfinite(positions).all(axis=2)
    if spec.lost is not None:
        lost |= (found.positions == spec.lost).all(axis=2)
    positions[lost] = np.nan
    return replace(found, positions=positions)


def _of_mview(spec: Mapping, path: Path) -> Recording:
    """Read the sensors of an MVIEW recording that the mapping names, in its spelling."""
    sensors = mview.read(path).sensors
    names = [*spec.sensors.values(), *(spec.head.references if spec.head else ()), *((spec.head and spec.head.corners) or ())]
    found = {name: sensor for name in names if (sensor := sensors.get(name.upper())) and sensor.values.shape[1] >= 3}
    if len({(sensor.rate, len(sensor.values)) for sensor in found.values()}) != 1:
        has = sorted(name for name, sensor in sensors.items() if sensor.values.shape[1] >= 3)[:14]
        raise BadData(f"{path}: holds no sensors of equal rate and length (it has {has}); correct `sensors`, or remove the file")
    positions = np.stack([sensor.values[:, :3] for sensor in found.values()], axis=1)
    return Recording(tuple(found), positions, next(iter(found.values())).rate, 0.0)


def _at_rest(
    recording: Recording, references: list[int], shape: np.ndarray | None, corners: np.ndarray | None, path: Path,
) -> np.ndarray:
    """Return the positions with the head at rest, in coordinates of the bite plane if its corners are known."""
    try:
        still = head.without_motion(recording.positions, references, shape)
        return still if corners is None else head.occlusal(still, *corners)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def _bite_plane(bite: Recording, how: Head, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the reference sensors (references, 3) at rest and the corners (3, 3) of the bite plane."""
    references = _numbers(bite, how.references, path, "head.references")
    try:
        shape = head.rest(bite.positions[:, references])
        still = head.without_motion(bite.positions, references, shape)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None
    if how.corners is None:
        return shape, None
    points = still[:, _numbers(bite, how.corners, path, "head.corners")]
    known = np.isfinite(points)
    if not known.any(axis=0).all():
        raise BadData(f"{path}: a sensor of `head.corners` is lost in every frame; measure the bite plane again")
    return shape, np.where(known, points, 0).sum(axis=0) / known.sum(axis=0)


def _numbers(recording: Recording, sensors: tuple[str, ...], path: Path, key: str) -> list[int]:
    """Return the places of sensors in a recording."""
    missing = [sensor for sensor in sensors if sensor not in recording.sensors]
    if missing:
        raise BadData(f"{path}: has no sensor {', '.join(missing)} (it has {list(recording.sensors)[:24]}); correct `{key}`")
    return [recording.sensors.index(sensor) for sensor in sensors]
