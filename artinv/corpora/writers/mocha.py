"""Write native files of MOCHA-TIMIT from synthetic speech."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.files import write_text
from artinv.core.records import Label, Utterance
from artinv.corpora.facts.mocha import LABELLED, LIST, RATE, UNIT
from artinv.corpora.writers import CorpusWriter
from artinv.formats import est, sound

CHANNELS = (
    "ui_x", "li_x", "ul_x", "ll_x", "tt_x", "ui_y", "li_y", "ul_y", "ll_y", "tt_y",
    "tb_x", "td_x", "v_x ", "****", "bn_x", "tb_y", "td_y", "v_y ", "****", "bn_y",
)
BRIDGE_OF_NOSE = (554.0, 5743.0)  # 1/100 mm, x to the back
PHONES = {
    "aa": "aa", "ae": "a", "ah": "uh", "ao": "oo", "aw": "au", "ay": "ai", "eh": "e", "er": "@@", "ey": "ei", "ih": "i", "iy": "ii",
    "ow": "ou", "oy": "oi", "uh": "u", "uw": "uu", "hh": "h", "oh": "o", "ah0": "@", "er0": "@", "iy0": "iy",
}
"""ARPAbet -> British phone set of the corpus, where they differ."""


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Write the native files of each sentence; in about half of them motion ends before the sound, within the last silence."""
    for utterance in utterances:
        name = f"{utterance.speaker}_{utterance.order:03d}"
        base = root / utterance.speaker / name
        checksum = zlib.crc32(name.encode()) % 1000
        last = utterance.phones[-1] if utterance.phones else None
        silence = utterance.seconds - last.start if last and last.text == "sil" else 0.0
        cut = min(0.3, 0.8 * silence) * checksum / 1000 if checksum % 2 else 0.0
        times = np.arange(int((utterance.seconds - cut) * RATE)) / RATE
        coils = dict(zip(COIL_COLUMNS, sound.coils_at(utterance, times).T, strict=True))
        values = np.zeros((len(times), len(CHANNELS)), np.float32)
        for index, channel in enumerate(CHANNELS):
            if channel.strip() in coils:
                values[:, index] = coils[channel.strip()] * np.float32((-1 if "_x" in channel else 1) / UNIT)
            elif channel.startswith("bn"):
                values[:, index] = BRIDGE_OF_NOSE["y" in channel]
        est.write(base.with_suffix(".ema"), CHANNELS, values, RATE)
        sound.write(base.with_suffix(".wav"), sound.to_int16(sound.resampled(utterance, 16000)), 16000, "NIST")
        if utterance.speaker in LABELLED and utterance.phones:
            write_text(base.with_suffix(".lab"), "".join(_rows(utterance.phones, breath=checksum % 4 == 0)))


def finish(root: Path, sentences: Sequence[str]) -> None:
    """Write the list of sentences, numbered from 1."""
    write_text(root / LIST, "\n".join(f"{number:03d}. {text}\n" for number, text in enumerate(sentences, 1)))


def _rows(phones: Sequence[Label], *, breath: bool) -> list[str]:
    """Return rows of `start end phone` with up to two decimals; with `breath`, the second half of the first silence is a breath."""
    if breath and phones[0].text == "sil":
        start, end = phones[0].start, phones[0].end
        phones = (Label("sil", start, (start + end) / 2), Label("breath", (start + end) / 2, end), *phones[1:])
    native = (PHONES.get(phone.text, PHONES.get(phone.text.rstrip("012"), phone.text.rstrip("012"))) for phone in phones)
    return [
        f"{round(phone.start, 2):g} {round(phone.end, 2):g} {text}\n" for phone, text in zip(phones, native, strict=True)
    ]


WRITER = CorpusWriter(write, finish=finish, reading_list="460")
