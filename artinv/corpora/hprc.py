"""Haskins production rate comparison: eight speakers, 720 sentences read at a normal and a fast rate; .mat files, mm, no velum.

Sound of 44.1 kHz and sensors of 100 Hz start together; x to the front, y lateral, z up. Fields and sensors go by name.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from artinv.channels import COIL_COLUMNS
from artinv.corpus import Corpus, Found, Source
from artinv.errors import BadData
from artinv.formats import folder, matlab, sound
from artinv.utterance import Label, Utterance, sentence_key

SPEAKERS = ("F01", "F02", "F03", "F04", "M01", "M02", "M03", "M04")
SOUND_RATE, RATE = 44100, 100
SENSORS = {"tt": "TT", "td": "TR", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}
WRITTEN = ("TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL")
AXES = {"x": 0, "y": 2}
SILENCE = "sp"
NAME = re.compile(r"[fm]\d\d_b(\d+)_s(\d+)_r(\d+)_([nf])")


def find(root: Path) -> Found:
    """`<speaker>_Bbb_Sss_Rrr_N.mat` and `_F.mat`; the format is Haskins' own, so that further speakers may stand in it."""
    return folder.find(
        root, pattern=r"(?P<speaker>[fm]\d\d)_b\d+_s\d+_r\d+_[nf]", needed=(".mat",), wanted=(), speakers=SPEAKERS, others=True,
    )


def read(source: Source) -> list[Utterance]:
    """One sentence."""
    path = source.files[0]
    elements = matlab.by_name(path)
    lacking = [name for name in ("AUDIO", *SENSORS.values()) if name not in elements]
    if lacking:
        raise BadData(f"{path}: has no element {lacking[0]}; restore the file from the corpus")
    audio = elements["AUDIO"]
    samples = matlab.matrix(path, audio, "SIGNAL", 1)[:, 0]
    if samples.dtype.kind != "f":
        samples = samples / np.float32(np.iinfo(samples.dtype).max + 1)
    signals = {coil: matlab.matrix(path, elements[name], "SIGNAL", 3) for coil, name in SENSORS.items()}
    rates = {matlab.number(path, elements[name], "SRATE") for name in SENSORS.values()}
    frames = {len(signal) for signal in signals.values()}
    if len(rates) > 1 or len(frames) > 1:
        raise BadData(f"{path}: its sensors differ in rate or length; restore the file from the corpus")
    coils = np.full((frames.pop(), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        coil, axis = name.split("_")
        if coil in signals:
            coils[:, index] = signals[coil][:, AXES[axis]]
    text = audio.get("SENTENCE")
    text = text.strip() if isinstance(text, str) else ""
    block, sentence, take, rate = NAME.fullmatch(source.name).groups()
    phones, words = _labels(audio.get("PHONES")), tuple(word for word in _labels(audio.get("WORDS")) if word.text != SILENCE)
    notes = (*(() if phones else ("no phone labels",)), *(() if text else ("no text, sentence known by number",)))
    return [Utterance(
        corpus="hprc", speaker=source.speaker, name=source.name.upper(), text=text, phones=phones, words=words, notes=notes,
        order=(int(block) * 100 + int(sentence)) * 20 + 2 * int(take) + (rate == "f"),
        sentence=sentence_key(text) or f"ieee-720/{int(block):02d}-{int(sentence):02d}",
        sound=np.ascontiguousarray(samples, np.float32), sound_rate=matlab.number(path, audio, "SRATE"),
        coils=coils, coil_rate=rates.pop(),
    )]


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Native files of one sentence each; a native name is kept, others are made from the order, ten sentences a block."""
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
    """The words between the silences of the phones, which the corpus lists among them."""
    silences = [phone for phone in utterance.phones if phone.text == "sil"] if utterance.words else []
    return tuple(sorted((*utterance.words, *silences), key=lambda label: label.start))


def _marks(phones: Sequence[Label]) -> Any:
    """What Haskins' own program marks: a name, and start and duration in ms."""
    if not phones:
        return np.zeros((1, 0))
    return [
        {"NAME": _native(phone.text), "OFFSET": 1000 * phone.start,
         "VALUE": np.array([[1000 * phone.start, 1000 * (phone.end - phone.start)]]), "HOOK": np.zeros((1, 0))}
        for phone in phones
    ]


def _native(text: str) -> str:
    return SILENCE if text == "sil" else text.upper()


def _labels(structs: Any) -> tuple[Label, ...]:
    """Rows of LABEL and OFFS (start and end in s); rows without both are none."""
    if not isinstance(structs, list):
        return ()
    rows = []
    for element in structs:
        text, span = element.get("LABEL"), element.get("OFFS")
        if isinstance(text, str) and isinstance(span, np.ndarray) and span.size == 2 and 0 <= span.flat[0] <= span.flat[1]:
            rows.append(Label(text, float(span.flat[0]), float(span.flat[1])))
    return tuple(rows)


CORPUS = Corpus(
    name="hprc", title="Haskins production rate comparison", licence="research, not to be passed on",
    layout="folders F01 to M04 with data/F01_B01_S01_R01_N.mat and so on",
    speakers=SPEAKERS, sound_rate=SOUND_RATE, coil_rate=RATE, find=find, read=read, write=write,
)
