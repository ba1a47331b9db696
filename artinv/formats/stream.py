"""Read sound block by block, mixed to one channel and resampled; memory use is constant.

libsndfile reads all formats that it knows; ffmpeg decodes the others where it is installed.
"""

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
import soxr

from artinv.formats import ffmpeg
from artinv.formats.sound import UNREADABLE, fault, is_cut
from artinv.runtime.errors import BadData

ENDINGS = ffmpeg.ENDINGS | {
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".sph",
    ".nist", ".voc",
}
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


class _Source(Protocol):
    """An open file."""

    rate: int  # Hz
    channels: int

    def read(self, samples: int) -> np.ndarray:
        """Return the next samples (samples, channels) float32; fewer at the end."""

    def skip(self, samples: int) -> None:
        """Move forward."""

    def check_complete(self) -> None:
        """Reject a file that ends before its header says so."""


class _Sndfile:
    """A file that libsndfile reads."""

    def __init__(self, path: Path, file: soundfile.SoundFile) -> None:
        self._path, self._file, self._position = path, file, 0
        self.rate, self.channels = file.samplerate, file.channels

    def read(self, samples: int) -> np.ndarray:
        block = self._file.read(min(samples, self._file.frames - self._position), dtype="float32", always_2d=True)
        self._position += len(block)
        return block

    def skip(self, samples: int) -> None:
        if samples:
            self._position = self._file.seek(min(samples, self._file.frames))

    def check_complete(self) -> None:
        if self._position < self._file.frames or is_cut(self._path, self._position):
            raise BadData(f"{self._path}: is shorter than its header says; restore the file, or save it again to keep the rest")


def header(path: Path) -> Header:
    """Read rate and number of channels of a file."""
    with _opened(path) as source:
        return Header(source.rate, source.channels)


def blocks(path: Path, rate: int, seconds: float = BLOCK, *, start: float = 0.0, end: float = math.inf) -> Iterator[np.ndarray]:
    """Yield blocks of (samples,) float32 at `rate` Hz, the mean of all channels, of the sound from `start` to `end` in s.

    The blocks, joined, are the same for every block length `seconds`, and those of a part are the same as of a file that holds
    this part only.
    """
    with _opened(path) as source:
        same = source.rate == rate
        resampler = None if same else soxr.ResampleStream(source.rate, rate, 1, dtype="float32", quality="HQ")
        for block, last in _with_last(_mono(path, source, max(1, round(seconds * source.rate)), start, end)):
            yield block if resampler is None else resampler.resample_chunk(np.ascontiguousarray(block), last=last)


def _mono(path: Path, source: _Source, size: int, start: float, end: float) -> Iterator[np.ndarray]:
    """Yield blocks of at most `size` samples at the rate of the file, the mean of all channels."""
    first, count = round(start * source.rate), 0
    left = math.inf if end == math.inf else round(end * source.rate) - first
    source.skip(first)
    while left > 0 and len(block := source.read(int(min(size, left)))):
        count += len(block)
        left -= len(block)
        if not np.isfinite(block).all():
            raise BadData(f"{path}: holds values that are not finite numbers; repair the file")
        yield block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
    if count == 0 and (start > 0 or end < math.inf):
        raise BadData(f"{path}: holds no sound in the part that starts at {start:g} s; choose another part")
    if count == 0:
        raise BadData(f"{path}: holds no sound; record it again or leave it out")
    if left > 0:
        source.check_complete()


def _with_last(blocks_: Iterator[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield each block, and whether it is the last one."""
    before = None
    for block in blocks_:
        if before is not None:
            yield before, False
        before = block
    if before is not None:
        yield before, True


@contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    """Open the file; report any fault as BadData, in one line."""
    if not path.is_file():
        raise BadData(f"{path}: is no file; check its name")
    if path.suffix.lower() == ".raw":
        raise BadData(f"{path}: has no header that gives its rate; convert it to WAV or FLAC")
    try:
        with ExitStack() as stack:
            source = _source(path, stack)
            if not SLOWEST <= source.rate <= FASTEST:
                raise BadData(f"{path}: has a rate of {source.rate} Hz, expected {SLOWEST} to {FASTEST} Hz; correct its header")
            yield source
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as sound ({fault(error)}); convert it to WAV or FLAC") from None


def _source(path: Path, stack: ExitStack) -> _Source:
    try:
        return _Sndfile(path, stack.enter_context(soundfile.SoundFile(os.fsencode(path))))
    except soundfile.SoundFileError:
        if not (kind := ffmpeg.kind(path)):
            raise
    return stack.enter_context(ffmpeg.decoder(path, kind))
