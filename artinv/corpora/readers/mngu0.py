"""Read the native files of MNGU0."""

import re
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Utterance, sentence_key
from artinv.corpora.facts.mngu0 import AXES, COILS, RATE, RMS_LIMIT
from artinv.corpora.native import folder
from artinv.corpora.native.source import Listing, Source
from artinv.formats import est, labels, sound
from artinv.runtime.errors import BadData


def find(root: Path) -> Listing:
    """Find `mngu0_s1_NNNN[a-f]` .ema, .wav and, if present, .lab in any packages; omit normalized tracks."""
    return folder.find(
        root, pattern=r"(?P<speaker>mngu0)_s1_\d{4}[a-f]?", needed=(".wav", ".ema"), wanted=(".lab",), extra=(".utt",),
        speakers=("MNGU0",), unusable=lambda path: "a normalized track" if "norm" in path.parent.name.lower() else "",
    )


def read(source: Source) -> list[Utterance]:
    """Read one sentence; samples with a large error of the position fit are NaN."""
    files = folder.of_source(source)
    track = est.read(files[".ema"])
    samples, rate = sound.read(files[".wav"])
    start, coil_rate, notes = track.clock(RATE)
    phones, label_notes = labels.optional(files.get(".lab"), labels.ends)
    coils = np.full((len(track.times), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        coil, axis = name.split("_")
        if coil in COILS:
            suffix, unit = AXES[axis]
            column = track.column(COILS[coil] + suffix)
            if column is None:
                raise BadData(f"{track.path}: has no channel {COILS[coil]}{suffix}; take the package 'ema basic' of the corpus")
            rms = track.column(f"{COILS[coil]}_rms")
            coils[:, index] = est.scaled(column, unit)
            if rms is not None:
                coils[rms > RMS_LIMIT, index] = np.nan
    text = _text(files.get(".utt"))
    return [Utterance(
        corpus="mngu0", speaker=source.speaker, name=source.name, order=_order(source.name), text=text,
        sentence=sentence_key(text) or source.name, sound=samples, sound_rate=rate, coils=coils, coil_rate=coil_rate,
        coil_start=start, phones=phones, part=part_of(source.name), notes=(*notes, *label_notes),
    )]


def part_of(name: str) -> str:
    """Return the part of the official split: valid for names in an odd digit and 0, test for an even digit and 0, else train.

    The official list names sentences; therefore all pieces of a sentence, which differ by a letter, are in the same part.

    >>> [part_of(f"mngu0_s1_{number}") for number in ("0130", "0020", "0131", "0130a", "0020b", "0131c")]
    ['valid', 'test', 'train', 'valid', 'test', 'train']
    """
    sentence = name.rstrip("abcdef")
    if not sentence.endswith("0"):
        return "train"
    return "valid" if int(sentence[-2]) % 2 else "test"


def _text(path: Path | None) -> str:
    """Read the prompted text from the first feature of a Festival utterance file."""
    match = path and re.search(r'iform "\\"(.*?)\\""', path.read_text(encoding="latin-1"))
    return match[1] if match else ""


def _order(name: str) -> int:
    """Return number and letter of a name as one number that increases with both."""
    number = name.removeprefix("mngu0_s1_")
    return int(number[:4]) * 8 + " abcdef".index(number[4:] or " ")
