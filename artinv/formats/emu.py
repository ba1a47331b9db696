"""Read EMU bundles: sound, SSFF tracks and labels of one utterance in one JSON file (`*_bndl.json`), as used by EMU-webApp."""

import base64
import binascii
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from artinv.core.records import Label
from artinv.formats import ssff
from artinv.runtime.errors import BadData, reason

_BROKEN = (
    OSError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError, RecursionError, binascii.Error,
    soundfile.SoundFileError,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Content of one bundle file."""

    name: str
    sound: np.ndarray  # (samples,) float32 in [-1, 1]
    sound_rate: float  # Hz
    tracks: dict[str, ssff.Track]  # file ending -> track
    levels: dict[str, tuple[Label, ...]]  # level name -> labels in s; levels with times only


def read(path: Path) -> Bundle:
    """Read a bundle; raise BadData if an embedded file is not valid base64."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        sound, sound_rate = soundfile.read(io.BytesIO(_bytes(content["mediaFile"])), dtype="float32")
        files = {file["fileExtension"]: _bytes(file) for file in content["ssffFiles"]}
        annotation = content["annotation"]
        rate = float(annotation["sampleRate"])
        levels = {level["name"]: _labels(level, rate) for level in annotation["levels"] if level["type"] == "SEGMENT"}
        name = str(annotation["name"])
    except _BROKEN as error:
        fault = reason(error)[:120]
        raise BadData(f"{path}: cannot be read as an EMU bundle ({fault}); restore the file from the corpus") from None
    if sound.ndim != 1:
        raise BadData(f"{path}: does not hold sound of one channel; restore the file from the corpus")
    tracks = {ending: ssff.parse(data, f"{path} ({ending})") for ending, data in files.items()}
    return Bundle(name, sound, float(sound_rate), tracks, levels)


def _bytes(file: dict) -> bytes:
    if file["encoding"] != "BASE64":
        raise ValueError(f"encoding {file['encoding']}")
    return base64.b64decode(file["data"], validate=True)


def _labels(level: dict, rate: float) -> tuple[Label, ...]:
    """Return the segments as labels in s; a segment has `sampleDur` samples and begins at `sampleStart`."""
    return tuple(
        Label(item["labels"][0]["value"], item["sampleStart"] / rate, (item["sampleStart"] + item["sampleDur"]) / rate)
        for item in level["items"]
    )
