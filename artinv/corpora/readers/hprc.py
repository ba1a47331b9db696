"""Read the native files of the Haskins production rate comparison."""

from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Utterance, sentence_key
from artinv.corpora.facts.hprc import NAME, SENSORS, SILENCE, SPEAKERS
from artinv.corpora.native import folder
from artinv.corpora.native.source import Listing, Source
from artinv.formats import matlab, mview
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
    samples = mview.sound(path, audio)
    signals, rate = mview.signals(path, elements, SENSORS)
    coils = np.full((len(signals["tt"]), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        coil, axis = name.split("_")
        if coil in signals:
            coils[:, index] = signals[coil][:, AXES[axis]]
    text = mview.sentence(audio)
    match = NAME.fullmatch(source.name)
    assert match is not None  # `find` returns no other names
    block, sentence, take, speed = match.groups()
    phones = mview.labels(audio.get("PHONES"))
    words = tuple(word for word in mview.labels(audio.get("WORDS")) if word.text != SILENCE)
    notes = (*(() if phones else ("no phone labels",)), *(() if text else ("no text, sentence known by number",)))
    return [Utterance(
        corpus="hprc", speaker=source.speaker, name=source.name.upper(), text=text, phones=phones, words=words, notes=notes,
        order=(int(block) * 100 + int(sentence)) * 20 + 2 * int(take) + (speed == "f"),
        sentence=sentence_key(text) or f"ieee-720/{int(block):02d}-{int(sentence):02d}",
        sound=samples, sound_rate=matlab.number(path, audio, "SRATE"), coils=coils, coil_rate=rate,
    )]
