"""Decode sound that libsndfile cannot read (M4A, WebM, WMA, AMR ...) with the program ffmpeg, where it is installed.

ffmpeg decodes the first sound track, and writes rate, channels and float32 samples as an AU stream to a pipe. The kind of file is
recognized from its first bytes and stated to ffmpeg, which may open this one file only: no playlist, no list of files, no address.
"""

import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from artinv.runtime.errors import BadData, reason

ENDINGS = frozenset({
    ".3g2", ".3gp", ".aac", ".amr", ".ape", ".asf", ".avi", ".awb", ".flv", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov",
    ".mp4", ".mpeg", ".mpg", ".mts", ".webm", ".wma", ".wmv", ".wv",
})
"""File endings that count as sound in a search of a folder; videos can contain a sound track."""

_KINDS = {
    "aac": rb"\xff[\xf0\xf1\xf8\xf9]",
    "amr": rb"#!AMR",
    "ape": rb"MAC ",
    "asf": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "avi": rb"RIFF....AVI ",
    "caf": rb"caff....desc.{16}(?!alac|alaw|lpcm|ulaw)....",  # libsndfile reads the others
    "flv": rb"FLV\x01",
    "matroska": rb"\x1a\x45\xdf\xa3",
    "mov": rb"....(ftyp|moov|mdat|wide|free|skip)",
    "mpeg": rb"\x00\x00\x01\xba",
    "mpegts": rb"G.{187}G|.{4}G.{191}G",
    "wv": rb"wvpk",
}
"""ffmpeg's name of each kind of file, and a pattern of its first bytes."""

_CURE = "repair its installation, or convert the file to WAV or FLAC"
_LONGEST_PATTERN = 200  # bytes
_HEADER = struct.Struct(">4s5I")  # of AU: magic, start of the samples, size, encoding, rate in Hz, channels
_FLOAT32 = 6  # encoding of AU


class Decoder:
    """Sound that ffmpeg decodes: its rate in Hz, its number of channels and its samples, one after the other."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes], messages: IO[bytes]) -> None:
        """Read the header of the AU stream."""
        self._path, self._process, self._messages = path, process, messages
        self._width = 1  # bytes of a sample of all channels
        header = self._bytes(_HEADER.size)
        if not header:
            raise BadData(f"{path}: holds no sound; record it again or leave it out")
        magic, start, _, encoding, self.rate, self.channels = _HEADER.unpack(header.ljust(_HEADER.size, b"\0"))
        if (magic, encoding) != (b".snd", _FLOAT32) or start < _HEADER.size or not self.channels:
            raise BadData(f"{path}: the program ffmpeg did not answer with sound; {_CURE}")
        self._bytes(start - _HEADER.size)
        self._width = 4 * self.channels

    def read(self, samples: int) -> np.ndarray:
        """Return the next samples (samples, channels) float32; fewer at the end."""
        content = self._bytes(samples * self._width)
        return np.frombuffer(content, ">f4").astype(np.float32).reshape(-1, self.channels)

    def skip(self, samples: int) -> None:
        """Decode and drop samples."""
        while samples > 0 and len(dropped := self.read(min(samples, self.rate))):
            samples -= len(dropped)

    def check_complete(self) -> None:
        """Do nothing; `read` reports a file that cannot be decoded to its end."""

    def _bytes(self, count: int) -> bytes:
        """Read bytes from the pipe; at the end, report why ffmpeg has failed."""
        assert self._process.stdout is not None
        content = self._process.stdout.read(count)
        if len(content) == count:
            return content
        if self._process.wait() != 0 or len(content) % self._width:
            raise BadData(f"{self._path}: {self._fault()}")
        return content

    def _fault(self) -> str:
        self._messages.seek(0)
        lines = self._messages.read(4096).decode("utf-8", "replace").removeprefix(f"file:{self._path}: ").splitlines()
        code = self._process.returncode
        words = next((line for line in lines if line.strip()), f"exit code {code}" if code else "its output ends within a sample")
        if "matches no streams" in words:
            return "holds no sound track; leave it out"
        words = re.sub(r"^(\[[^]]*\] *)+", "", words).rstrip(". ")
        return f"cannot be decoded by ffmpeg ({words}); restore the file, or convert it to WAV or FLAC"


def kind(path: Path) -> str:
    """Return ffmpeg's name for the kind of a file, from its first bytes; empty if it is none that ffmpeg is used for."""
    with path.open("rb") as file:
        head = file.read(_LONGEST_PATTERN)
    return next((name for name, pattern in _KINDS.items() if re.match(pattern, head, re.DOTALL)), "")


@contextmanager
def decoder(path: Path, name: str) -> Iterator[Decoder]:
    """Start ffmpeg for a file of the kind `name`; end it with the block."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise BadData(f"{path}: libsndfile cannot read this kind of file; install ffmpeg, or convert it to WAV or FLAC")
    words = [
        program, "-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file", "-f", name, "-i", f"file:{path}",
        "-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1",
    ]
    with TemporaryFile() as messages:
        try:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages)  # noqa: S603 -- no shell
        except OSError as error:
            raise BadData(f"{path}: the program ffmpeg cannot be started ({reason(error)}); {_CURE}") from None
        with process:
            try:
                yield Decoder(path, process, messages)
            finally:
                process.kill()
