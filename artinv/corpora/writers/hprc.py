"""Write native files of the Haskins production rate comparison from synthetic speech."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance
from artinv.corpora.facts.hprc import NAME, RATE, SENSORS, SILENCE, SOUND_RATE
from artinv.corpora.writers import FAST, CorpusWriter, Reading
from artinv.formats import matlab, sound

WRITTEN = ("TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL")


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Write one native file per sentence; keep native names, and derive others from `order`, ten sentences per block."""
    for utterance in utterances:
        block, sentence = divmod(utterance.order - 1, 10)
        native = NAME.fullmatch(utterance.name.lower())
        name = utterance.name if native else f"{utterance.speaker}_B{block + 1:02d}_S{sentence + 1:02d}_R01_N"
        samples = sound.to_int16(sound.resampled(utterance, SOUND_RATE)) / np.float32(32768)
        times = np.arange(len(samples) * RATE // SOUND_RATE + 2) / RATE
        coils = dict(zip(COIL_COLUMNS, sound.coils_at(utterance, times).T, strict=True))
        elements = [_element(
            "AUDIO", np.uint16(SOUND_RATE), samples[:, None], SENTENCE=utterance.text,
            SOURCE=name, WORDS=_structs(_with_silence(utterance)), PHONES=_structs(utterance.phones),
            LABELS=_marks(utterance.phones),
        )]
        for sensor in WRITTEN:
            coil = next((coil for coil, native in SENSORS.items() if native == sensor), "li")
            signal = np.zeros((len(times), 6), np.float32)
            signal[:, 0], signal[:, 2] = coils[f"{coil}_x"], coils[f"{coil}_y"]
            elements.append(_element(sensor, np.uint8(RATE), signal))
        matlab.write_structs(root / utterance.speaker / "data" / f"{name}.mat", elements, compress=True)


def _element(name: str, rate: np.integer, signal: np.ndarray, **fields: Any) -> dict[str, Any]:
    nothing = np.zeros((1, 0))
    rest = {field: fields.get(field, nothing) for field in ("SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS")}
    return {"NAME": name, "SRATE": rate, "SIGNAL": signal} | rest


def _structs(labels: Sequence[Label]) -> Any:
    if not labels:
        return np.zeros((1, 0))
    return [{"LABEL": _native(label.text), "OFFS": np.array([[label.start, label.end]])} for label in labels]


def _with_silence(utterance: Utterance) -> tuple[Label, ...]:
    """Return the words and, as in the corpus, the silences of the phones, in order of time."""
    silences = [phone for phone in utterance.phones if phone.text == "sil"] if utterance.words else []
    return tuple(sorted((*utterance.words, *silences), key=lambda label: label.start))


def _marks(phones: Sequence[Label]) -> Any:
    """Return the phones as marks of the Haskins program: name, and start and duration in ms."""
    if not phones:
        return np.zeros((1, 0))
    return [
        {"NAME": _native(phone.text), "OFFSET": 1000 * phone.start,
         "VALUE": np.array([[1000 * phone.start, 1000 * (phone.end - phone.start)]]), "HOOK": np.zeros((1, 0))}
        for phone in phones
    ]


def _native(text: str) -> str:
    return SILENCE if text == "sil" else text.upper()


def takes(speaker: str) -> Iterator[Reading]:
    """Yield every sentence at normal and at fast rate, and every sixth sentence a third time."""
    for number in count(1):
        name = f"{speaker}_B{(number - 1) // 60 + 1:02d}_S{(number - 1) % 60 + 1:02d}"
        yield Reading(number, f"{name}_R01_N")
        yield Reading(number, f"{name}_R01_F", FAST)
        if number % 6 == 0:
            yield Reading(number, f"{name}_R02_N")


WRITER = CorpusWriter(write, takes=takes, reading_list="720", open_ended=True)
