"""Write and read trajectories as files of laboratories: positions of an AG501 (`.pos`) and MVIEW recordings (`.mat`).

Positions are in mm: x to the front, y lateral and always 0, z up. Neither format holds margins.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS, COIL_COLUMNS, COILS, derive
from artinv.core.trajectory import Trajectory
from artinv.formats import ag50x, mview
from artinv.signal.mfcc import SOUND_RATE

COIL_NAMES = " ".join(COILS)
"""Coils in the order of the channels of a `.pos`."""

_UNITS = "mm; x to the front, y lateral and 0, z up, from the upper incisors"
_DERIVED = tuple(channel for channel in CHANNELS if channel not in COIL_COLUMNS)
_IN_MOTION = [CHANNELS.index(column) for column in COIL_COLUMNS]


def write_pos(path: Path, trajectory: Trajectory, lines: Mapping[str, str]) -> None:
    """Write the coils; `lines` are further lines of the header."""
    lines = {**lines, "artinv_units": _UNITS, "artinv_coils": COIL_NAMES}
    ag50x.write(path, _positions(trajectory), trajectory.rate, facts=lines)


def write_mat(path: Path, trajectory: Trajectory, sound: np.ndarray, known: Mapping[str, str]) -> None:
    """Write a sound (samples,) at 16 kHz and the trajectories; SOURCE of the element AUDIO has the header entries as JSON."""
    positions = _positions(trajectory)
    sensors = {coil.upper(): mview.Sensor(trajectory.rate, positions[:, number]) for number, coil in enumerate(COILS)}
    for name in _DERIVED:
        sensors[name.upper()] = mview.Sensor(trajectory.rate, trajectory.motion[:, [CHANNELS.index(name)]])
    mview.write(path, mview.Recording(sound, float(SOUND_RATE), sensors, source=json.dumps(dict(known))))


def facts(path: Path) -> dict[str, str]:
    """Return the header entries of a mat; a mat of other programs raises ValueError or BadData."""
    known = json.loads(mview.read(path).source)
    return {key: value for key, value in dict(known).items() if isinstance(value, str)}


def motion(path: Path, *, is_pos: bool) -> np.ndarray:
    """Return the trajectories (frames, 18) float32 of a pos, which has no la, lp, ttcl and tbcl of its own, or of a mat."""
    if is_pos:
        positions = ag50x.read(path).positions
        if positions.shape[1] != len(COILS):
            raise ValueError("its channels are not those of artinv")
        return derive(np.ascontiguousarray(positions[:, :, ::2]).reshape(len(positions), -1))
    sensors = mview.read(path).sensors
    positions = np.stack([sensors[coil.upper()].values for coil in COILS], axis=1)
    columns = dict(zip(COIL_COLUMNS, positions[:, :, ::2].reshape(len(positions), -1).T, strict=True))
    columns |= {name: sensors[name.upper()].values[:, 0] for name in _DERIVED}
    return np.ascontiguousarray(np.stack([columns[channel] for channel in CHANNELS], axis=1), dtype=np.float32)


def _positions(trajectory: Trajectory) -> np.ndarray:
    """Return the coils as (frames, coils, 3)."""
    positions = np.zeros((len(trajectory.motion), len(COILS), 3), np.float32)
    positions[:, :, ::2] = trajectory.motion[:, _IN_MOTION].reshape(len(positions), len(COILS), 2)
    return positions
