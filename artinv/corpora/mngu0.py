"""MNGU0, day 1: one speaker, EST tracks of 200 Hz and 87 channels, cm, y to the back, z up, no velum.

Position columns are found by name, whatever else a file holds. A sample whose fit has failed (`_rms`) is lost.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from artinv.channels import COIL_COLUMNS
from artinv.corpus import Corpus, Found, Source
from artinv.errors import BadData
from artinv.files import write_text
from artinv.formats import est, folder, labels, sound
from artinv.utterance import Label, Utterance, sentence_key

RATE = 200.0
UNIT = 10.0  # mm
RMS_LIMIT = 15.0
"""Above this a position is not to be trusted; the corpus' own scale, on which good samples stay below 10."""

COILS = {"tt": "T1", "tb": "T2", "td": "T3", "li": "jaw", "ul": "upperlip", "ll": "lowerlip"}
AXES = {"x": ("_py", -UNIT), "y": ("_pz", UNIT)}
WRITTEN = ("T3", "T2", "T1", "ref", "jaw", "upperlip", "lowerlip", "head1", "head2", "head3")
"""Order in a file; the names of the reference and head coils are this writer's own."""

NAME = re.compile(r"mngu0_s1_\d{4}[a-f]?")
QUANTITIES = ("px", "py", "pz", "ox", "oy", "oz", "rms", "newflag")
CHANNELS = (*(f"{coil}_{quantity}" for coil in WRITTEN for quantity in QUANTITIES), *(f"aux{i}" for i in range(1, 7)), "taxdist")
UTT = (
    "EST_File utterance\nDataType ascii\nversion 2\nEST_Header_End\n"
    'Features max_id 0 ; type Text ; iform "\\"{text}\\"" ;\n'
    "Stream_Items\nEnd_of_Stream_Items\nRelations\nEnd_of_Relations\nEnd_of_Utterance\n"
)
LAB_HEADER = "separator ;\nnfields 1\n#\n"

PHONES = {
    "aa": "A", "ae": "{", "ah": "V", "ao": "O", "aw": "aU", "ay": "aI", "eh": "E", "er": "3", "ey": "eI", "ih": "I", "iy": "i",
    "ow": "@U", "oy": "OI", "uh": "U", "uw": "u", "hh": "h", "ch": "tS", "jh": "dZ", "sh": "S", "zh": "Z", "th": "T", "dh": "D",
    "ng": "N", "y": "j", "sil": "#", "ah0": "@", "er0": "@",
}
"""ARPAbet -> the corpus' set, where they differ."""


def find(root: Path) -> Found:
    """`mngu0_s1_NNNN[a-f]` .ema and .wav, .lab where there is one, in whatever packages; normalized tracks are left alone."""
    return folder.find(
        root, pattern=r"(?P<speaker>mngu0)_s1_\d{4}[a-f]?", needed=(".wav", ".ema"), wanted=(".lab",), extra=(".utt",),
        speakers=("MNGU0",), unusable=lambda path: "a normalized track" if "norm" in path.parent.name.lower() else "",
    )


def read(source: Source) -> list[Utterance]:
    """One sentence; samples of a doubtful fit are NaN."""
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
    """The official list: ids that end in an odd digit and 0 validate, in an even digit and 0 test, all others train.

    The list names sentences, so the pieces of one, which a letter tells apart, belong where the sentence does.

    >>> [part_of(f"mngu0_s1_{number}") for number in ("0130", "0020", "0131", "0130a", "0020b", "0131c")]
    ['valid', 'test', 'train', 'valid', 'test', 'train']
    """
    sentence = name.rstrip("abcdef")
    if not sentence.endswith("0"):
        return "train"
    return "valid" if int(sentence[-2]) % 2 else "test"


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Native files of a sentence or a piece of one, in the folders `ema`, `wav` and `phone_labels`; a native name is kept."""
    for utterance in utterances:
        name = utterance.name if NAME.fullmatch(utterance.name) else f"mngu0_s1_{utterance.order:04d}"
        times = np.arange(int(utterance.seconds * RATE)) / RATE
        est.write(root / "ema" / f"{name}.ema", CHANNELS, _native(sound.coils_at(utterance, times)), RATE)
        sound.write(root / "wav" / f"{name}.wav", sound.to_int16(sound.resampled(utterance, 16000)), 16000)
        if utterance.phones:
            write_text(root / "phone_labels" / f"{name}.lab", LAB_HEADER + "".join(_rows(utterance.phones)))
        said = " ".join(word.text for word in utterance.words) if name[-1].isalpha() else utterance.text
        quoted = said.replace('"', "'")
        write_text(root / "phone_labels" / f"{name}.utt", UTT.format(text=quoted))


def _native(coils: np.ndarray) -> np.ndarray:
    """(T, 87) in cm; what is lost is marked by `_rms` on the tongue and NaN elsewhere, for both occur."""
    rows = np.zeros((len(coils), len(CHANNELS)), np.float32)
    values = dict(zip(COIL_COLUMNS, coils.T, strict=True))
    for coil, native in COILS.items():
        rms = np.full(len(coils), 2.0, np.float32)
        for axis, (suffix, unit) in AXES.items():
            position = values[f"{coil}_{axis}"] / np.float32(unit)
            if native.startswith("T"):
                rms[np.isnan(position)] = 40.0
                position = np.nan_to_num(position)
            rows[:, CHANNELS.index(native + suffix)] = position
        rows[:, CHANNELS.index(f"{native}_rms")] = rms
    return rows


def _text(path: Path | None) -> str:
    """What was read, from the first feature of a Festival utterance."""
    match = path and re.search(r'iform "\\"(.*?)\\""', path.read_text(encoding="latin-1"))
    return match[1] if match else ""


def _order(name: str) -> int:
    """Number and letter of a name as one number that rises with them."""
    number = name.removeprefix("mngu0_s1_")
    return int(number[:4]) * 8 + " abcdef".index(number[4:] or " ")


def _rows(phones: Sequence[Label]) -> Iterator[str]:
    for phone in phones:
        plain = phone.text.rstrip("012")
        yield f"\t {phone.end:.5f} 26 \t{PHONES.get(phone.text, PHONES.get(plain, plain))}\n"


CORPUS = Corpus(
    name="mngu0", title="MNGU0 (day 1)", licence="research, not to be passed on",
    layout="the packages ema, wav and phone_labels (or mngu0_s1_ema_basic_1.1.0 and so on) with mngu0_s1_0001.ema and .wav",
    speakers=("MNGU0",), sound_rate=16000, coil_rate=RATE, find=find, read=read, write=write,
)
