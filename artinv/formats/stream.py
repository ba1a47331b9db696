"""Sound of any kind that libsndfile reads, block by block: one channel at another rate, in memory that no length fills."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from artinv.formats.sound import UNREADABLE, is_cut, why
from artinv.runtime.errors import BadData

ENDINGS = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".sph",
    ".nist", ".voc",
})
"""Names that end so are taken for sound when a folder is searched; a file that is named is read whatever it is called."""

SLOWEST, FASTEST = 1_000, 1_000_000
"""Hz, rates beyond which a header is not believed."""

BLOCK = 30.0
"""s that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the header says."""

    rate: int  # Hz
    channels: int


def facts(path: Path) -> Facts:
    """Rate and channels of a file."""
    with _opened(path) as file:
        return Facts(file.samplerate, file.channels)


def blocks(path: Path, rate: int, seconds: float = BLOCK) -> Iterator[np.ndarray]:
    """(samples,) float32 at `rate` Hz, the mean of all channels; joined, the same whatever the length of a block."""
    with _opened(path) as file:
        change = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32", quality="HQ") if file.samplerate != rate else None
        size, left, heard = max(1, round(seconds * file.samplerate)), file.frames, 0
        while left > 0:
            block = file.read(min(size, left), dtype="float32", always_2d=True)
            heard += len(block)
            left = left - len(block) if len(block) else 0
            if not np.isfinite(block).all():
                raise BadData(f"{path}: holds values that are not numbers; mend the file")
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            yield mono if change is None else change.resample_chunk(np.ascontiguousarray(mono), last=left == 0)
        if heard == 0:
            raise BadData(f"{path}: holds no sound; record it again or leave it out")
        if heard < file.frames or is_cut(path, heard):
            raise BadData(f"{path}: is shorter than its header says; restore the file, or save it anew to keep what is left of it")


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """The file, open; whatever is wrong with it in one line."""
    if not path.is_file():
        raise BadData(f"{path}: is no file; check its name")
    if path.suffix.lower() == ".raw":
        raise BadData(f"{path}: has no header that tells its rate; convert it to WAV or FLAC")
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            if not SLOWEST <= file.samplerate <= FASTEST:
                raise BadData(f"{path}: has a rate of {file.samplerate} Hz, {SLOWEST} to {FASTEST} expected; mend its header")
            yield file
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as sound ({why(error)}); convert it to WAV or FLAC") from None
