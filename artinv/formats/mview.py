"""Read and write recordings of MVIEW, the viewer of Haskins: a MATLAB struct array of a sound, `AUDIO`, and its sensors.

Each element has a NAME, a rate (SRATE) in Hz and a SIGNAL, one row per sample. Sensors have columns x, y, z in mm, and angles after
them; x to the front, y lateral, z up. The element AUDIO can hold a sentence and labels.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artinv.core.records import Label
from artinv.formats import matlab
from artinv.runtime.errors import BadData

_NOTHING = np.zeros((1, 0))  # as MATLAB stores an empty field
_LONGEST = 63  # characters of the name of a MATLAB variable
_LOUDEST = 16.0  # peak of a sound of floats beyond which they are 16-bit numbers; clipped and amplified sounds are below it


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor, or another signal that was recorded with the sound."""

    rate: float  # Hz
    values: np.ndarray  # (frames, columns) float32; of a sensor x, y, z in mm, then angles


@dataclass(frozen=True, slots=True)
class Recording:
    """Content of one file; sound and sensors start together."""

    sound: np.ndarray  # (samples,) float32, full scale is 1
    sound_rate: float  # Hz
    sensors: dict[str, Sensor]  # NAME in upper case -> sensor
    text: str = ""
    phones: tuple[Label, ...] = ()
    words: tuple[Label, ...] = ()
    source: str = ""  # where it comes from: SOURCE of the element AUDIO


def read(path: Path) -> Recording:
    """Read a recording; elements can have different rates and lengths. Elements without rate or values are left out."""
    elements = matlab.by_name(path)
    if "AUDIO" not in elements:
        raise BadData(f"{path}: has no element AUDIO; restore the file, or save it again in MVIEW")
    audio = elements.pop("AUDIO")
    sensors = {name: found for name, element in elements.items() if (found := _sensor(path, element))}
    return Recording(
        sound(path, audio), matlab.number(path, audio, "SRATE"), sensors,
        sentence(audio), labels(audio.get("PHONES")), labels(audio.get("WORDS")), _text(audio, "SOURCE"),
    )


def _sensor(path: Path, element: Mapping[str, Any]) -> Sensor | None:
    """Return an element as a sensor, None if its rate or values are invalid."""
    try:
        return Sensor(matlab.number(path, element, "SRATE"), matlab.matrix(path, element, "SIGNAL", 1).astype(np.float32))
    except BadData:
        return None


def write(path: Path, recording: Recording) -> None:
    """Write a recording as a variable that has the name of the file, as far as MATLAB allows."""
    audio = element(
        "AUDIO", recording.sound_rate, recording.sound[:, None].astype(np.float32), SENTENCE=recording.text,
        SOURCE=recording.source or Path(path).stem,
        WORDS=spans(recording.words), PHONES=spans(recording.phones), LABELS=marks(recording.phones),
    )
    rest = [element(name, sensor.rate, sensor.values) for name, sensor in recording.sensors.items()]
    matlab.write_structs(path, [audio, *rest], name=variable(Path(path).stem))


def variable(name: str) -> str:
    """Return the text as the name of a MATLAB variable.

    >>> variable("3 Äpfel-a"), variable("F01_B01")
    ('x3__pfel_a', 'F01_B01')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return (plain if re.match("[A-Za-z]", plain) else f"x{plain}")[:_LONGEST]


def sound(path: Path, audio: Mapping[str, Any]) -> np.ndarray:
    """Return the samples of a sound, (samples,) float32; whole numbers, also those stored as floats, are divided by their range."""
    samples = matlab.matrix(path, audio, "SIGNAL", 1)[:, 0]
    if samples.dtype.kind != "f":
        samples = samples / np.float32(np.iinfo(samples.dtype).max + 1)
    elif np.abs(samples).max() > _LOUDEST:
        samples = samples / np.float32(32768)
    return np.ascontiguousarray(samples, np.float32)


def signals(path: Path, elements: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> tuple[dict[str, np.ndarray], float]:
    """Return sensors of equal rate and length, each (frames, 3 or more), and the rate in Hz; `names` are key -> NAME."""
    found = {key: matlab.matrix(path, elements[name], "SIGNAL", 3) for key, name in names.items()}
    rates = {matlab.number(path, elements[name], "SRATE") for name in names.values()}
    if len(rates) > 1 or len({len(signal) for signal in found.values()}) > 1:
        raise BadData(f"{path}: its sensors differ in rate or length; restore the file from the corpus")
    return found, rates.pop()


def sentence(audio: Mapping[str, Any]) -> str:
    """Return the text of a sound, "" if it has none."""
    return _text(audio, "SENTENCE")


def _text(audio: Mapping[str, Any], field: str) -> str:
    text = audio.get(field)
    return text.strip() if isinstance(text, str) else ""


def labels(structs: Any) -> tuple[Label, ...]:
    """Return labels from rows of LABEL and OFFS (start and end in s); omit rows that lack either."""
    if not isinstance(structs, list):
        return ()
    rows = []
    for row in structs:
        text, span = row.get("LABEL"), row.get("OFFS")
        if isinstance(text, str) and isinstance(span, np.ndarray) and span.size == 2 and 0 <= span.flat[0] <= span.flat[1]:
            rows.append(Label(text, float(span.flat[0]), float(span.flat[1])))
    return tuple(rows)


def element(name: str, rate: float | np.integer, signal: np.ndarray, **fields: Any) -> dict[str, Any]:
    """Return an element with the fields of the native files, empty where they are not given."""
    rest = {field: fields.get(field, _NOTHING) for field in ("SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS")}
    return {"NAME": name, "SRATE": rate, "SIGNAL": signal} | rest


def spans(rows: Sequence[Label]) -> Any:
    """Return labels as rows of LABEL and OFFS (start and end in s)."""
    return [{"LABEL": row.text, "OFFS": np.array([[row.start, row.end]])} for row in rows] or _NOTHING


def marks(rows: Sequence[Label]) -> Any:
    """Return labels as marks of MVIEW: name, and start and duration in ms."""
    return [
        {"NAME": row.text, "OFFSET": 1000 * row.start, "VALUE": np.array([[1000 * row.start, 1000 * (row.end - row.start)]]),
         "HOOK": _NOTHING}
        for row in rows
    ] or _NOTHING
