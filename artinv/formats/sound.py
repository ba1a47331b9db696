"""Read and write sound files (RIFF or NIST SPHERE, detected by content), and resample sound and coils for the corpus writers."""

import io
import re
from pathlib import Path

import numpy as np
import soundfile
import soxr

from artinv.core.files import replacing
from artinv.core.records import Utterance
from artinv.runtime.errors import BadData, reason

UNREADABLE = OSError, soundfile.SoundFileError, ValueError, MemoryError
"""Exceptions that libsndfile and soundfile raise for a file that is not sound."""


def read(path: Path) -> tuple[np.ndarray, float]:
    """Read sound of one channel: (samples,) float32 in [-1, 1], and the rate in Hz."""
    try:
        sound, rate = soundfile.read(path, dtype="float32")
        cut = is_cut(path, len(sound))
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as sound ({fault(error)}); restore the file from the corpus") from None
    if sound.ndim != 1 or len(sound) == 0:
        raise BadData(f"{path}: does not hold sound of one channel; restore the file from the corpus")
    if cut:
        raise BadData(f"{path}: is shorter than its header says; restore the file from the corpus")
    return sound, float(rate)


def fault(error: BaseException) -> str:
    """Return the library's error message without the name of the file."""
    return reason(error).rpartition(": ")[2].rstrip(".")


def is_cut(path: Path, samples: int) -> bool:
    """Return whether the header announces more data than the file holds; libsndfile does not report this."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head[:4] in (b"RIFF", b"FORM"):
        announced = 8 + int.from_bytes(head[4:8], "little" if head[:1] == b"R" else "big")
        return path.stat().st_size < announced < 1 << 31  # streamed files announce the maximum value of the field
    count = re.search(rb"sample_count -i (\d{1,15})\s", head) if head.startswith(b"NIST") else None
    return count is not None and samples < int(count[1])


def write(path: Path, sound: np.ndarray, rate: int, header: str = "WAV") -> None:
    """Write (samples,) int16 at `rate` Hz; `header` is WAV (RIFF) or NIST (SPHERE).

    Encode in memory first, because libsndfile does not report a full disk.
    """
    content = io.BytesIO()
    soundfile.write(content, sound, rate, subtype="PCM_16", format=header)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def to_int16(sound: np.ndarray) -> np.ndarray:
    """Convert sound in [-1, 1] to 16 bits, clipped; the inverse of the conversion in `read`."""
    return np.clip(np.rint(sound * np.float32(32768)), -32768, 32767).astype(np.int16)


def resampled(utterance: Utterance, rate: int) -> np.ndarray:
    """Return the sound of an utterance at another rate in Hz, (samples,) float32."""
    if utterance.sound_rate == rate:
        return utterance.sound
    return soxr.resample(utterance.sound, utterance.sound_rate, rate, quality="HQ")


def coils_at(utterance: Utterance, times: np.ndarray) -> np.ndarray:
    """Interpolate the coils of an utterance at `times` in s from the start of the sound: (times, 14), Catmull-Rom cubics.

    Times beyond the ends get the first or last frame. A time next to a lost frame is lost; if only an outer frame of a cubic is
    lost, that frame is extrapolated linearly.
    """
    last = len(utterance.coils) - 1
    position = np.clip((times - utterance.coil_start) * utterance.coil_rate, 0, last)
    position = np.where(np.abs(position - np.rint(position)) < 1e-6, np.rint(position), position)
    index = position.astype(np.intp)
    u = (position - index).astype(np.float32)[:, None]
    before, here, after, beyond = (utterance.coils[np.clip(index + step, 0, last)] for step in (-1, 0, 1, 2))
    before = np.where(np.isnan(before), 2 * here - after, before)
    beyond = np.where(np.isnan(beyond), 2 * after - here, beyond)
    slope, bend = after - before, 2 * before - 5 * here + 4 * after - beyond
    twist = 3 * (here - after) + beyond - before
    return np.where(u == 0, here, here + 0.5 * u * (slope + u * (bend + u * twist)))
