"""Write native files of MNGU0 from synthetic speech."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.files import write_text
from artinv.core.records import Label, Utterance
from artinv.corpora.facts.mngu0 import AXES, COILS, NAME, RATE
from artinv.corpora.writers import CorpusWriter, Reading
from artinv.formats import est, sound

WRITTEN = ("T3", "T2", "T1", "ref", "jaw", "upperlip", "lowerlip", "head1", "head2", "head3")
"""Order of the coils in a file; the names of the reference and head coils are invented."""

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
    "ng": "N", "y": "j", "sil": "#", "oh": "Q", "ah0": "@", "er0": "@",
}
"""ARPAbet -> phone set of the corpus, where they differ."""

_IN_PIECES = 14
"""One in this number of sentences is in two files, as 91 of 1,263 are in the corpus."""


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Write the native files of each sentence or piece in the folders `ema`, `wav` and `phone_labels`; keep native names."""
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
    """Return the channels (frames, 87) in cm; a large `_rms` marks lost samples of the tongue, NaN those of other coils."""
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


def _rows(phones: Sequence[Label]) -> Iterator[str]:
    for phone in phones:
        plain = phone.text.rstrip("012")
        yield f"\t {phone.end:.5f} 26 \t{PHONES.get(phone.text, PHONES.get(plain, plain))}\n"


def takes(_speaker: str) -> Iterator[Reading]:
    """Yield every sentence once, some in two pieces."""
    for number in count(1):
        name = f"mngu0_s1_{number:04d}"
        yield from [Reading(number, name + piece, piece=piece) for piece in "ab"] if number % _IN_PIECES == _IN_PIECES // 2 else [
            Reading(number, name)]


WRITER = CorpusWriter(write, takes=takes)
