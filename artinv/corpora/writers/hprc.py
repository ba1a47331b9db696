"""Write native files of the Haskins production rate comparison from synthetic speech."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance
from artinv.corpora.facts.hprc import NAME, RATE, SENSORS, SILENCE, SOUND_RATE
from artinv.corpora.writers import FAST, CorpusWriter, Reading
from artinv.formats import matlab, mview, sound

WRITTEN = ("TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL")


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Write one native file per sentence; keep native names, and derive others from `order`, ten sentences per block."""
    for utterance in utterances:
        block, sentence = divmod(utterance.order - 1, 10)
        native = NAME.fullmatch(utterance.name.lower())
        name = utterance.name if native else f"{utterance.speaker}_B{block + 1:02d}_S{sentence + 1:02d}_R01_N"
        samples = sound.to_int16(sound.resampled(utterance, SOUND_RATE)) / np.float32(32768)
        times = np.arange(len(samples) * RATE // SOUND_RATE + 2) / RATE
        phones = _native(utterance.phones)
        coils = dict(zip(COIL_COLUMNS, sound.coils_at(utterance, times).T, strict=True))
        elements = [mview.element(
            "AUDIO", np.uint16(SOUND_RATE), samples[:, None], SENTENCE=utterance.text,
            SOURCE=name, WORDS=mview.spans(_native(_with_silence(utterance))), PHONES=mview.spans(phones),
            LABELS=mview.marks(phones),
        )]
        for sensor in WRITTEN:
            coil = next((coil for coil, native in SENSORS.items() if native == sensor), "li")
            signal = np.zeros((len(times), 6), np.float32)
            signal[:, 0], signal[:, 2] = coils[f"{coil}_x"], coils[f"{coil}_y"]
            elements.append(mview.element(sensor, np.uint8(RATE), signal))
        matlab.write_structs(root / utterance.speaker / "data" / f"{name}.mat", elements, compress=True)


def _with_silence(utterance: Utterance) -> tuple[Label, ...]:
    """Return the words and, as in the corpus, the silences of the phones, in order of time."""
    silences = [phone for phone in utterance.phones if phone.text == "sil"] if utterance.words else []
    return tuple(sorted((*utterance.words, *silences), key=lambda label: label.start))


def _native(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return the labels with the texts of the corpus."""
    return tuple(replace(label, text=SILENCE if label.text == "sil" else label.text.upper()) for label in labels)


def takes(speaker: str) -> Iterator[Reading]:
    """Yield every sentence at normal and at fast rate, and every sixth sentence a third time."""
    for number in count(1):
        name = f"{speaker}_B{(number - 1) // 60 + 1:02d}_S{(number - 1) % 60 + 1:02d}"
        yield Reading(number, f"{name}_R01_N")
        yield Reading(number, f"{name}_R01_F", FAST)
        if number % 6 == 0:
            yield Reading(number, f"{name}_R02_N")


WRITER = CorpusWriter(write, takes=takes, reading_list="720", open_ended=True)
