"""Read and write position files (`.pos`) of the Carstens articulographs AG501 and AG500.

A sample is, for each channel, seven little-endian float32 numbers: x, y, z in mm, two angles in degrees, the residual of the fit
(rms), and one unused number. An AG501 file begins with lines of ASCII; an AG500 file has no header, 12 channels and 200 Hz.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artinv.core.files import replacing
from artinv.runtime.errors import BadData, one_line, reason

AG500_CHANNELS, AG500_RATE = 12, 200.0  # Hz

FARTHEST = 1000.0
"""Largest coordinate in mm, 300 mm being usual; beyond it the device has failed to calculate the position."""

MOST_CHANNELS = 24
"""Channels of the largest AG501; Praat reads no more."""

_WIDTH = 7
_MAGIC = b"AG50xDATA_V"
_HEAD = re.compile(rb"AG50xDATA_(V\d{3})\r?\n *(\d{1,8})\r?\n")
_END = b"\n\0\x1a"  # ends the header of a file that Carstens' programs wrote
_AMPLITUDES = "Calf_Channel_0"  # a key that only files of amplitudes (.amp) have


@dataclass(frozen=True, slots=True)
class Sweep:
    """Content of a position file; positions and angles that the device could not calculate are NaN."""

    rate: float  # Hz; sample k is at the time k / rate
    positions: np.ndarray  # (samples, channels, 3) float32, mm, axes of the device
    angles: np.ndarray  # (samples, channels, 2) float32, degrees: phi and theta of the coil's axis
    rms: np.ndarray  # (samples, channels) float32, residual of the fit of the position
    version: str = "AG500"  # V001 | V002 | V003 of the AG501, else AG500
    facts: dict[str, str] = field(default_factory=dict)  # other header entries


def read(path: Path) -> Sweep:
    """Read a position file; without the header of an AG501 it is one of an AG500."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); check its name") from None
    if content.startswith(_MAGIC):
        return _ag501(path, content)
    if not content or b"NumberOfChannels" in content[:4096] or b"SamplingFrequencyHz" in content[:4096]:
        raise BadData(f"{path}: is not a position file (its first line is not 'AG50xDATA_V003'); copy it again from the device")
    return _sweep(_rows(path, content, AG500_CHANNELS), AG500_RATE, "AG500", {})


def write(path: Path, positions: np.ndarray, rate: float, *, angles: np.ndarray | None = None, rms: np.ndarray | None = None,
          facts: Mapping[str, str] | None = None) -> None:
    """Write an AG501 file of version V003 from (samples, channels, 3) in mm at whole `rate` Hz.

    `angles` (samples, channels, 2) in degrees and `rms` (samples, channels) are 0 by default. `facts` become header lines
    `key=text`; both are ASCII without line breaks.
    """
    if positions.ndim != 3 or positions.shape[2] != 3 or not 1 <= positions.shape[1] <= MOST_CHANNELS:
        fault = f"positions of shape {positions.shape} cannot be written"
        raise BadData(f"{path}: {fault}; expected (samples, channels, 3) with 1 to {MOST_CHANNELS} channels")
    if rate < 1 or rate % 1:
        raise BadData(f"{path}: an AG501 file has a whole number of Hz, not {rate:g}; resample the positions")
    lines = [f"NumberOfChannels={positions.shape[1]}", f"SamplingFrequencyHz={rate:.0f}",
             *(f"{key}={value}" for key, value in (facts or {}).items())]
    tail = "\n".join(lines).encode("ascii") + _END
    head = f"AG50xDATA_V003\n{len('AG50xDATA_V003') + 10 + len(tail):08d}\n".encode("ascii")
    rows = np.zeros((*positions.shape[:2], _WIDTH), "<f4")
    rows[..., :3] = positions
    rows[..., 3:5] = 0 if angles is None else angles
    rows[..., 5] = 0 if rms is None else rms
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(head + tail)
        file.write(rows.tobytes())


def _ag501(path: Path, content: bytes) -> Sweep:
    match = _HEAD.match(content)
    if match is None:
        raise BadData(f"{path}: its header does not begin with a version and a size of 8 digits; copy it again from the device")
    size = int(match[2])
    if not match.end() <= size <= len(content):
        raise BadData(f"{path}: its header announces {size} bytes, the file holds {len(content)}; copy it again from the device")
    lines = content[match.end():size].decode("latin-1").split("\n")
    entries = dict(line.strip("\r\0\x1a").split("=", 1) for line in lines if "=" in line)
    if _AMPLITUDES in content[:size].decode("latin-1"):
        raise BadData(f"{path}: holds amplitudes, not positions; calculate the positions with the program of the device")
    channels, rate = _whole(path, entries, "NumberOfChannels"), _whole(path, entries, "SamplingFrequencyHz")
    facts = {key: value for key, value in entries.items() if key not in ("NumberOfChannels", "SamplingFrequencyHz")}
    return _sweep(_rows(path, content[size:], channels), float(rate), match[1].decode("ascii"), facts)


def _whole(path: Path, entries: Mapping[str, str], key: str) -> int:
    value = entries.get(key, "").strip()
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise BadData(f"{path}: {key} is '{one_line(value[:20])}', expected a whole number above 0; copy it again from the device")
    return int(value)


def _rows(path: Path, data: bytes, channels: int) -> np.ndarray:
    """Return the numbers as (samples, channels, 7) float32."""
    size = 4 * _WIDTH * channels
    if not data or len(data) % size:
        fault = f"{len(data)} bytes are not a whole number of samples of {channels} channels ({size} bytes)"
        raise BadData(f"{path}: its {fault}; copy it again from the device")
    return np.frombuffer(data, "<f4").reshape(-1, channels, _WIDTH).astype(np.float32)


def _sweep(rows: np.ndarray, rate: float, version: str, facts: dict[str, str]) -> Sweep:
    with np.errstate(invalid="ignore"):
        placed = (np.abs(rows[..., :3]) <= FARTHEST).all(axis=2)
    rows[~placed, :5] = np.nan
    return Sweep(rate, rows[..., :3].copy(), rows[..., 3:5].copy(), rows[..., 5].copy(), version, facts)
