"""Read the native files of the Haskins production rate comparison."""

from pathlib import Path
from typing import Any

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance, sentence_key
from artinv.corpora.facts.hprc import NAME, SENSORS, SILENCE, SPEAKERS
from artinv.corpora.native import folder
from artinv.corpora.native.source import Listing, Source
from artinv.formats import matlab
from artinv.runtime.errors import BadData

AXES = {"x": 0, "y": 2}


def find(root: Path) -> Listing:
    """Find `<speaker>_Bbb_Sss_Rrr_N.mat` and `_F.mat`; accept further speakers, because the format belongs to Haskins."""
    return folder.find(
        root, pattern=r"(?P<speaker>[fm]\d\d)_b\d+_s\d+_r\d+_[nf]", needed=(".mat",), wanted=(), speakers=SPEAKERS, others=True,
    )


def read(source: Source) -> list[Utterance]:
    """Read one sentence."""
    path = source.files[0]
    elements = matlab.by_name(path)
    missing = [name for name in ("AUDIO", *SENSORS.values()) if name not in elements]
    if missing:
        raise BadData(f"{path}: has no element {missing[0]}; restore the file from the corpus")
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
    match = NAME.fullmatch(source.name)
    assert match is not None  # `find` returns no other names
    block, sentence, take, rate = match.groups()
    phones, words = _labels(audio.get("PHONES")), tuple(word for word in _labels(audio.get("WORDS")) if word.text != SILENCE)
    notes = (*(() if phones else ("no phone labels",)), *(() if text else ("no text, sentence known by number",)))
    return [Utterance(
        corpus="hprc", speaker=source.speaker, name=source.name.upper(), text=text, phones=phones, words=words, notes=notes,
        order=(int(block) * 100 + int(sentence)) * 20 + 2 * int(take) + (rate == "f"),
        sentence=sentence_key(text) or f"ieee-720/{int(block):02d}-{int(sentence):02d}",
        sound=np.ascontiguousarray(samples, np.float32), sound_rate=matlab.number(path, audio, "SRATE"),
        coils=coils, coil_rate=rates.pop(),
    )]


def _labels(structs: Any) -> tuple[Label, ...]:
    """Return labels from rows of LABEL and OFFS (start and end in s); omit rows that lack either."""
    if not isinstance(structs, list):
        return ()
    rows = []
    for element in structs:
        text, span = element.get("LABEL"), element.get("OFFS")
        if isinstance(text, str) and isinstance(span, np.ndarray) and span.size == 2 and 0 <= span.flat[0] <= span.flat[1]:
            rows.append(Label(text, float(span.flat[0]), float(span.flat[1])))
    return tuple(rows)
