"""MOCHA-TIMIT: seven speakers, 460 sentences each, one EST track of 500 Hz, 1/100 mm, x to the back.

Coils were glued anew during some sessions (fsew0 before 125 and 284, msak0 before 40, 251, 299 and 426): their mean jumps there,
which the moving mean of the normalization follows.
"""

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from artinv.channels import COIL_COLUMNS
from artinv.corpus import Corpus, Found, Source
from artinv.files import write_text
from artinv.formats import est, folder, labels, sound
from artinv.utterance import Label, Utterance, sentence_key

SPEAKERS = ("fsew0", "msak0", "faet0", "ffes0", "maps0", "mjjn0", "falh0")
LABELLED = ("fsew0", "msak0", "mjjn0", "ffes0")
VELUM = ("fsew0", "msak0", "faet0", "ffes0")
RATE = 500.0
UNIT = 0.01  # mm
LIST = "mocha-timit.txt"
CHANNELS = (
    "ui_x", "li_x", "ul_x", "ll_x", "tt_x", "ui_y", "li_y", "ul_y", "ll_y", "tt_y",
    "tb_x", "td_x", "v_x ", "****", "bn_x", "tb_y", "td_y", "v_y ", "****", "bn_y",
)
BRIDGE_OF_NOSE = (554.0, 5743.0)  # 1/100 mm, x to the back
UNUSABLE = {"msak0_268": "its sound is known to be bad"} | {f"falh0_{number}": "known to be unusable" for number in range(466, 471)}
LOST = {"msak0_118": "tt"}

PHONES = {
    "aa": "aa", "ae": "a", "ah": "uh", "ao": "oo", "aw": "au", "ay": "ai", "eh": "e", "er": "@@", "ey": "ei", "ih": "i", "iy": "ii",
    "ow": "ou", "oy": "oi", "uh": "u", "uw": "uu", "hh": "h", "ah0": "@", "er0": "@", "iy0": "iy",
}
"""ARPAbet -> the corpus' British set, where they differ."""


def find(root: Path) -> Found:
    """`<speaker>_NNN` .wav and .ema, .lab where there is one, the list of sentences wherever it lies."""
    found = folder.find(
        root, pattern=r"(?P<speaker>[a-z0-9]+)_\d{3}", needed=(".wav", ".ema"), wanted=(".lab",), speakers=SPEAKERS,
        unusable=lambda path: UNUSABLE.get(path.stem.lower(), ""), shared=lambda path: path.name.lower() == LIST,
    )
    if found.sources and not any(path.name.lower() == LIST for path in found.sources[0].files):
        found = Found(found.sources, (*found.missing, f"{LIST}: sentences are known by number alone"), found.skipped)
    return found


def read(source: Source) -> list[Utterance]:
    """One sentence; velum and other coils the file has no channel for are NaN."""
    files = folder.of_source(source)
    track = est.read(files[".ema"])
    samples, rate = sound.read(files[".wav"])
    start, coil_rate, notes = track.clock(RATE)
    phones, label_notes = labels.optional(files.get(".lab"), labels.spans)
    coils = np.full((len(track.times), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        column = track.column(name)
        if column is not None:
            coils[:, index] = est.scaled(column, -UNIT if name.endswith("_x") else UNIT)
    if lost := LOST.get(source.name):
        coils[:, [index for index, name in enumerate(COIL_COLUMNS) if name.startswith(f"{lost}_")]] = np.nan
        notes = (*notes, f"coil known to be bad: {lost}")
    number = int(source.name[-3:])
    text = texts(files[".txt"]).get(number, "") if ".txt" in files else ""
    return [Utterance(
        corpus="mocha", speaker=source.speaker, name=source.name, order=number, text=text,
        sentence=sentence_key(text) or f"timit-460/{number:03d}", sound=samples, sound_rate=rate,
        coils=coils, coil_rate=coil_rate, coil_start=start, phones=phones,
        notes=(*notes, *label_notes, *(() if text else ("no text, sentence known by number",))),
    )]


def texts(path: Path) -> dict[int, str]:
    """The list of sentences: `001. This was easy for us.`, a blank line between, long ones on two lines."""
    return _texts(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _texts(path: Path, _changed: int) -> dict[int, str]:
    sentences: dict[int, list[str]] = {}
    number = None
    for line in path.read_text(encoding="latin-1").splitlines():
        if match := re.match(r"\s*(\d{1,3})\.\s+(.*)", line):
            number = int(match[1])
            sentences[number] = match[2].split()
        elif number is not None:
            sentences[number] += line.split()
    return {number: " ".join(words) for number, words in sentences.items()}


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Native files of one sentence each; the motion of every other one ends before the sound does, within its last silence."""
    for utterance in utterances:
        name = f"{utterance.speaker}_{utterance.order:03d}"
        base = root / utterance.speaker / name
        dice = zlib.crc32(name.encode()) % 1000
        last = utterance.phones[-1] if utterance.phones else None
        silence = utterance.seconds - last.start if last and last.text == "sil" else 0.0
        cut = min(0.3, 0.8 * silence) * dice / 1000 if dice % 2 else 0.0
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
            write_text(base.with_suffix(".lab"), "".join(_rows(utterance.phones, breath=dice % 4 == 0)))


def finish(root: Path, sentences: Sequence[str]) -> None:
    """The list of sentences, numbered from 1."""
    write_text(root / LIST, "\n".join(f"{number:03d}. {text}\n" for number, text in enumerate(sentences, 1)))


def _rows(phones: Sequence[Label], *, breath: bool) -> list[str]:
    """`start end phone`, two decimals, unpadded; some sentences begin with a breath."""
    if breath and phones[0].text == "sil":
        start, end = phones[0].start, phones[0].end
        phones = (Label("sil", start, (start + end) / 2), Label("breath", (start + end) / 2, end), *phones[1:])
    native = (PHONES.get(phone.text, PHONES.get(phone.text.rstrip("012"), phone.text.rstrip("012"))) for phone in phones)
    return [
        f"{round(phone.start, 2):g} {round(phone.end, 2):g} {text}\n" for phone, text in zip(phones, native, strict=True)
    ]


CORPUS = Corpus(
    name="mocha", title="MOCHA-TIMIT", licence="non-commercial research, with its licence file",
    layout="folders such as fsew0 or fsew0_v1.1 with fsew0_001.wav and fsew0_001.ema, and mocha-timit.txt",
    speakers=SPEAKERS, velum=VELUM, sound_rate=16000, coil_rate=RATE,
    find=find, read=read, write=write, finish=finish,
    masked={(speaker, f"v_{axis}"): "no velum coil" for speaker in ("maps0", "mjjn0") for axis in "xy"}
    | {("falh0", f"v_{axis}"): "velum coil not documented" for axis in "xy"},
)
