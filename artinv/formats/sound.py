"""Sound files (RIFF or NIST SPHERE, told apart by their content) and the change of rates that writing native files takes."""

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
"""What the library raises on a file that is no sound."""


def read(path: Path) -> tuple[np.ndarray, float]:
    """(samples,) float32 in [-1, 1] and the rate in Hz."""
    try:
        sound, rate = soundfile.read(path, dtype="float32")
        cut = is_cut(path, len(sound))
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as sound ({why(error)}); restore the file from the corpus") from None
    if sound.ndim != 1 or len(sound) == 0:
        raise BadData(f"{path}: is not one channel of sound; restore the file from the corpus")
    if cut:
        raise BadData(f"{path}: is shorter than its header says; restore the file from the corpus")
    return sound, float(rate)


def why(error: BaseException) -> str:
    """What the library has against a file, without the file."""
    return reason(error).rpartition(": ")[2].rstrip(".")


def is_cut(path: Path, samples: int) -> bool:
    """Whether the header announces more than the file holds, which the library passes over."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head[:4] in (b"RIFF", b"FORM"):
        announced = 8 + int.from_bytes(head[4:8], "little" if head[:1] == b"R" else "big")
        return path.stat().st_size < announced < 1 << 31  # streams announce all that the field can say
    count = re.search(rb"sample_count -i (\d{1,15})\s", head) if head.startswith(b"NIST") else None
    return count is not None and samples < int(count[1])


def write(path: Path, sound: np.ndarray, rate: int, header: str = "WAV") -> None:
    """Write (samples,) int16 at `rate` Hz; `header` is WAV (RIFF) or NIST (SPHERE). The library does not tell of a full disk."""
    content = io.BytesIO()
    soundfile.write(content, sound, rate, subtype="PCM_16", format=header)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def to_int16(sound: np.ndarray) -> np.ndarray:
    """[-1, 1] -> 16 bits, clipped; the inverse of what `read` does."""
    return np.clip(np.rint(sound * np.float32(32768)), -32768, 32767).astype(np.int16)


def resampled(utterance: Utterance, rate: int) -> np.ndarray:
    """Its sound at another rate in Hz, (samples,) float32."""
    if utterance.sound_rate == rate:
        return utterance.sound
    return soxr.resample(utterance.sound, utterance.sound_rate, rate, quality="HQ")


def coils_at(utterance: Utterance, times: np.ndarray) -> np.ndarray:
    """Its coils (frames, 14) at `times` in s from the start of the sound: Catmull-Rom cubics, held beyond both ends.

    A time between frames of which one is lost is lost; a cubic that lacks an outer frame continues straight.
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
