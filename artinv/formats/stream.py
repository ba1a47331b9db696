"""Read sound of any libsndfile format block by block, mixed to one channel and resampled; memory use is constant."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from artinv.formats.sound import UNREADABLE, fault, is_cut
from artinv.runtime.errors import BadData

ENDINGS = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".sph",
    ".nist", ".voc",
})
"""File endings that count as sound in a search of a folder; a file named by the user is read whatever its ending."""

SLOWEST, FASTEST = 1_000, 1_000_000
"""Lowest and highest accepted rate in Hz; other values mean that the header is wrong."""

BLOCK = 30.0
"""Default length of a block in s."""


@dataclass(frozen=True, slots=True)
class Header:
    """Rate and number of channels in the header of a file."""

    rate: int  # Hz
    channels: int


def header(path: Path) -> Header:
    """Read rate and number of channels of a file."""
    with _opened(path) as file:
        return Header(file.samplerate, file.channels)


def blocks(path: Path, rate: int, seconds: float = BLOCK) -> Iterator[np.ndarray]:
    """Yield blocks of (samples,) float32 at `rate` Hz, the mean of all channels.

    The blocks, joined, are the same for every block length `seconds`.
    """
    with _opened(path) as file:
        same = file.samplerate == rate
        resampler = None if same else soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32", quality="HQ")
        size, left, count = max(1, round(seconds * file.samplerate)), file.frames, 0
        while left > 0:
            block = file.read(min(size, left), dtype="float32", always_2d=True)
            count += len(block)
            left = left - len(block) if len(block) else 0
            if not np.isfinite(block).all():
                raise BadData(f"{path}: holds values that are not finite numbers; repair the file")
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            yield mono if resampler is None else resampler.resample_chunk(np.ascontiguousarray(mono), last=left == 0)
        if count == 0:
            raise BadData(f"{path}: holds no sound; record it again or leave it out")
        if count < file.frames or is_cut(path, count):
            raise BadData(f"{path}: is shorter than its header says; restore the file, or save it again to keep the rest")


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open the file; report any fault as BadData, in one line."""
    if not path.is_file():
        raise BadData(f"{path}: is no file; check its name")
    if path.suffix.lower() == ".raw":
        raise BadData(f"{path}: has no header that gives its rate; convert it to WAV or FLAC")
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            if not SLOWEST <= file.samplerate <= FASTEST:
                raise BadData(f"{path}: has a rate of {file.samplerate} Hz, expected {SLOWEST} to {FASTEST} Hz; correct its header")
            yield file
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as sound ({fault(error)}); convert it to WAV or FLAC") from None
