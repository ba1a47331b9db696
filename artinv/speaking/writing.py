"""Write spoken sounds as WAV files that say what they are, so that no recording of a user is overwritten."""

import io
from pathlib import Path

import numpy as np
import soundfile

from artinv.core.files import replacing
from artinv.formats.sound import to_int16
from artinv.signal.mfcc import SOUND_RATE

MARK = b"spoken by artinv"
"""Comment in every file."""

_HEADER = 512  # bytes


def write(path: Path, sound: np.ndarray) -> None:
    """Write a sound (samples,) in [-1, 1] at 16 kHz with 16 bits; equal sounds give equal bytes."""
    content = io.BytesIO()
    with soundfile.SoundFile(content, "w", SOUND_RATE, 1, "PCM_16", format="WAV") as file:
        file.comment = MARK.decode()
        file.write(to_int16(sound))
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def is_spoken(path: Path) -> bool:
    """Return whether `write` wrote a file."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    return head.startswith(b"RIFF") and MARK in head
