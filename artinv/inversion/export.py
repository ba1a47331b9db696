"""Write and read trajectories in the formats of pandas and R, numpy, Festival, EMU, Praat and MVIEW.

These are CSV, NPZ, EST tracks, SSFF tracks, positions of an AG501 and MATLAB files; a TextGrid holds the labels beside them. The
header of each file states the origin of its values. Equal trajectories give equal bytes.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from artinv import __version__
from artinv.core.channels import CHANNELS, UNITS
from artinv.core.files import ARCHIVE_ERRORS, replacing
from artinv.core.store import load_arrays, save_arrays
from artinv.core.trajectory import Trajectory
from artinv.formats import est, ssff
from artinv.inversion import labels
from artinv.inversion.endings import FORMATS
from artinv.runtime.errors import ArtinvError, BadData, BadParams, expected, reason

COMPLETE = ("csv", "npz", "est", "ssff", "mat")
"""Formats that hold all 18 trajectories; a pos holds the coils only, a TextGrid holds labels."""

WITH_SOUND = ("mat", "TextGrid")
"""Formats that need the sound."""

MARGINS = tuple(f"{channel}_margin" for channel in CHANNELS)

_PREFIX = "artinv_"  # marks the lines of artinv in EST and SSFF headers
_AG501, _MATLAB = b"AG50xDATA_V", b"MATLAB 5.0"  # first bytes of a pos and of a mat
_HEADER = 1 << 16  # bytes
_UNKNOWN = "speakers of whom its file does not tell"
_ROWS = 10_000  # per write


def needs_sound(path: Path) -> bool:
    """Return whether a file of this name holds or needs the sound."""
    return path.suffix.removeprefix(".") in WITH_SOUND


def write(
    path: Path, trajectory: Trajectory, made: str = "", sound: np.ndarray | None = None, beside: labels.Labels = labels.NONE,
    *, phones: str = "",
) -> None:
    """Write a file in the format of its ending; `made`, and `phones`, their source, are header entries that `facts` returns.

    `sound` (samples,) at 16 kHz is needed for mat and TextGrid. `beside` are the labels of a TextGrid; without any, it marks where
    speech is detected.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise BadParams(f"{path}: unknown format '{kind}'; {expected(kind, FORMATS)}")
    if sound is None and needs_sound(path):
        raise BadParams(f"{path}: a {kind} file needs the sound, which this trajectory lacks; invert the sound again")
    if kind in ("pos", "mat"):
        trajectory = replace(trajectory, margin=None)
    known = _facts(trajectory) | ({"phones": phones} if phones else {}) | ({"made": made} if made else {})
    lines = {_PREFIX + key: _escaped(value) for key, value in known.items()}
    names, values = table(trajectory)
    if kind == "csv":
        _write_csv(path, names, values, trajectory.rate, known)
    elif kind == "npz":
        _write_npz(path, trajectory, known)
    elif kind == "est":
        _write_est(path, names, values, trajectory.rate, lines)
    elif kind == "ssff":
        ssff.write(path, dict(zip(names, values.T, strict=True)), trajectory.rate, lines)
    elif kind == "TextGrid":
        assert sound is not None
        labels.write(path, beside, sound, known)
    else:
        from artinv.inversion import laboratory  # noqa: PLC0415 -- imports scipy.io, which is slow

        if kind == "pos":
            laboratory.write_pos(path, trajectory, lines)
        else:
            assert sound is not None
            laboratory.write_mat(path, trajectory, sound, known)


def read(path: Path) -> Trajectory:
    """Read a file that `write` wrote; its content determines the format. Of a pos, la, lp, ttcl and tbcl follow from the coils."""
    path = Path(path)
    if not path.is_file():
        raise BadData(f"{path}: is no file; check its name, or make it with `artinv invert`")
    known = facts(path)
    if "rate" not in known:
        raise BadData(f"{path}: is not a trajectory of artinv; make one with `artinv invert`")
    try:
        motion, margin = _values(path)
        trajectory = Trajectory(
            name=known["name"], rate=float(known["rate"]), motion=motion, margin=margin, level=float(known.get("level", 0.9)),
            model=known["model"], speaker=known["speaker"],
            trained_on="" if known["trained_on"] == _UNKNOWN else known["trained_on"].partition(" ")[0].lower(),
        )
        frames = int(known["frames"])
    except ARCHIVE_ERRORS as error:
        fault = f"is not a complete trajectory ({reason(error)})"
        raise BadData(f"{path}: {fault}; make it again with `artinv invert`") from None
    if len(motion) != frames:
        raise BadData(f"{path}: contains {len(motion)} frames, its header says {frames}; make it again")
    return trajectory


def facts(path: Path) -> dict[str, str]:
    """Return the header entries of a trajectory file; empty if it is not one or cannot be read. Values are not checked."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
        if head.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive, archive.open("facts.npy") as member:
                known = dict(json.loads(str(np.lib.format.read_array(member, allow_pickle=False))))
                return {key: value for key, value in known.items() if isinstance(value, str)}
        if head.startswith(labels.MAGIC):
            return labels.facts(path)
        if head.startswith(_MATLAB):
            from artinv.inversion import laboratory  # noqa: PLC0415 -- imports scipy.io, which is slow

            return laboratory.facts(path)
        return dict(_entries(head))
    except (ArtinvError, *ARCHIVE_ERRORS):
        return {}


def _facts(trajectory: Trajectory) -> dict[str, str]:
    """Return the header entries of a trajectory."""
    origin = trajectory.trained_on
    return {
        "by": f"artinv {__version__}, articulation inferred from sound",
        "name": trajectory.name, "rate": f"{trajectory.rate:g}", "frames": str(len(trajectory.motion)), "model": trajectory.model,
        "trained_on": f"{'SYNTHETIC' if origin == 'synthetic' else origin} speakers" if origin else _UNKNOWN,
        "speaker": trajectory.speaker,
        "units": "mm, but ttcl and tbcl without unit; x to the front, y up, from the upper incisors; time in s",
        **({} if trajectory.margin is None else {"level": f"{trajectory.level:g}"}),
    }


def _entries(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield the keys and values in the header of a CSV, EST, SSFF or AG501 file."""
    if head.startswith((b"EST_File", b"SSFF", _AG501)):
        for line in head.decode("latin-1").split("\n"):
            if line.startswith(_PREFIX):
                key, _, value = line.removeprefix(_PREFIX).partition("=" if head.startswith(_AG501) else " ")
                yield key, _unescaped(value.removeprefix("CHAR ") if head.startswith(b"SSFF") else value)
    else:
        for line in head.decode("utf-8", "replace").split("\n"):
            if not line.startswith("# "):
                return
            key, _, value = line.removeprefix("# ").partition(": ")
            yield key, _unescaped(value)


def _escaped(value: str) -> str:
    r"""Escape a text as one line of ASCII.

    >>> print(_escaped('Zürich\n"1"'), _unescaped(_escaped('Zürich\n"1"')) == 'Zürich\n"1"')
    Z\u00fcrich\n\"1\" True
    """
    return json.dumps(value)[1:-1]


def _unescaped(value: str) -> str:
    return json.loads(f'"{value}"', strict=False)


def table(trajectory: Trajectory) -> tuple[tuple[str, ...], np.ndarray]:
    """Return column names and values (frames, 18), or with margins (frames, 36)."""
    if trajectory.margin is None:
        return CHANNELS, trajectory.motion
    return (*CHANNELS, *MARGINS), np.hstack([trajectory.motion, trajectory.margin])


def _write_csv(path: Path, names: tuple[str, ...], table: np.ndarray, rate: float, known: dict[str, str]) -> None:
    head = [f"# {key}: {json.dumps(value, ensure_ascii=False)[1:-1]}" for key, value in known.items()]
    row = ",".join(["%.3f", *["%.4f"] * len(names)]) + "\n"
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write("\n".join([*head, ",".join(["time", *names]), ""]).encode("utf-8", "backslashreplace"))
        for first in range(0, len(table), _ROWS):
            part = table[first:first + _ROWS].tolist()
            text = "".join(row % (number / rate, *values) for number, values in enumerate(part, first))
            file.write(text.replace("nan", "NaN").encode("ascii"))


def _write_npz(path: Path, trajectory: Trajectory, known: dict[str, str]) -> None:
    arrays = {"facts": np.array(json.dumps(known)), "motion": trajectory.motion, "time": trajectory.times,
              "channels": np.array(CHANNELS), "units": np.array([UNITS[channel] for channel in CHANNELS])}
    save_arrays(path, arrays | ({} if trajectory.margin is None else {"margin": trajectory.margin}))


def _write_est(path: Path, names: Sequence[str], table: np.ndarray, rate: float, lines: dict[str, str]) -> None:
    """Write an EST track with additional header lines."""
    with replacing(path) as temporary:
        est.write(temporary, names, table, rate)
        head, end, rows = temporary.read_bytes().partition(b"EST_Header_End\n")
        temporary.write_bytes(head + "".join(f"{key} {value}\n" for key, value in lines.items()).encode("ascii") + end + rows)


def _values(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read motion and margins (frames, 18) float32."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    if head.startswith(b"PK"):
        arrays = load_arrays(path)
        if list(arrays["channels"]) != list(CHANNELS):
            raise ValueError("its channels are not those of artinv")
        return arrays["motion"], arrays.get("margin")
    if head.startswith((_AG501, _MATLAB)):
        from artinv.inversion import laboratory  # noqa: PLC0415 -- imports scipy.io, which is slow

        return laboratory.motion(path, is_pos=head.startswith(_AG501)), None
    if head.startswith(labels.MAGIC):
        raise BadData(f"{path}: holds labels, not trajectories; read the file of another format")
    if head.startswith(b"EST_File"):
        track = est.read(path)
        columns = {name: track.values[:, index] for index, name in enumerate(track.names)}
    elif head.startswith(b"SSFF"):
        columns = {name: values[:, 0] for name, values in ssff.read(path).columns.items()}
    else:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            names = next((line for line in file if not line.startswith("#")), "").strip().split(",")
            rows = file.readlines()
        if not any(map(str.strip, rows)):
            raise ValueError("it contains no frames")
        columns = dict(zip(names, np.loadtxt(rows, np.float32, delimiter=",", ndmin=2).T, strict=True))
    motion, margin = (_columns(columns, names) for names in (CHANNELS, MARGINS))
    if motion is None:
        raise ValueError("channels are missing")
    return motion, margin


def _columns(columns: dict[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray | None:
    if not all(name in columns for name in names):
        return None
    return np.ascontiguousarray(np.stack([columns[name] for name in names], axis=1), dtype=np.float32)
