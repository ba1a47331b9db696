"""Utterances as the demo gives them to the writers: 16 kHz, 200 Hz, mm, stressed ARPAbet; silent where the labels are silent."""

import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Utterance, sentence_key
from tests.support.corpora import Corpus

REST = {"tt": (-19, -9), "td": (-51, -6), "tb": (-37, -3), "li": (-5, -26), "ul": (8, 4), "ll": (4, -24), "v": (-63, -5)}
PHONES = ("sil", "dh", "ah0", "k", "aa1", "t", "s", "ey1", "sil")
WORDS = (("the", 1, 2), ("cot", 3, 5), ("say", 6, 7))


def spoken(corpus: Corpus, number: int, speaker: str = "", seconds: float = 1.2, **changes: object) -> Utterance:
    """Return an utterance with slow sine waves as coils and a tone as sound, silent where the labels are silent."""
    speaker = speaker or corpus.speakers[0]
    rng = np.random.default_rng(zlib.crc32(f"{corpus.name}/{speaker}/{number}".encode()))
    edges = np.linspace(0, seconds, len(PHONES) + 1)
    times = np.arange(int(seconds * 16000)) / 16000
    loud = (times > edges[1]) & (times < edges[-2])
    sound = np.where(loud, 0.2 * np.sin(2 * np.pi * (150 + 30 * number) * times), 0) + rng.normal(0, 0.001, len(times))
    sound = np.rint(sound * 32768) / 32768
    frames = np.arange(int(seconds * 200)) / 200
    rest = np.array([value for coil in REST.values() for value in coil], float)
    coils = rest + 3 * np.sin(2 * np.pi * rng.uniform(1, 4, 14) * frames[:, None] + rng.uniform(0, 6, 14))
    if speaker not in corpus.velum:
        coils[:, COIL_COLUMNS.index("v_x"):] = np.nan
    text = f"The cot, they say, is number {number}."
    return Utterance(**{
        "corpus": corpus.name, "speaker": speaker, "name": f"{speaker}_{number:03d}", "order": number, "text": text,
        "sentence": sentence_key(text), "sound": sound.astype(np.float32), "sound_rate": 16000.0,
        "coils": coils.astype(np.float32), "coil_rate": 200.0,
        "phones": tuple(Label(text, a, b) for text, a, b in zip(PHONES, edges[:-1].tolist(), edges[1:].tolist(), strict=True)),
        "words": tuple(Label(word, float(edges[a]), float(edges[b + 1])) for word, a, b in WORDS), **changes,
    })


def fragment(
    root: Path, corpus: Corpus, count: int | None = None, speakers: Sequence[str] | None = None, **changes: object,
) -> list[Utterance]:
    """Write `count` utterances of each speaker, by default two native files of the first one; return the utterances."""
    count = count or 2 * corpus.batch
    written = []
    for speaker in speakers or corpus.speakers[:1]:
        utterances = [spoken(corpus, number, speaker, **changes) for number in range(1, count + 1)]
        for start in range(0, count, corpus.batch):
            corpus.write(root, utterances[start:start + corpus.batch])
        written += utterances
    if corpus.finish:
        corpus.finish(root, [utterance.text for utterance in written[:count]])
    return written


def same(one: Utterance, two: Utterance) -> bool:
    """Return whether two utterances are equal in all fields, missing samples included."""
    for field in fields(Utterance):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if not (np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b):
            return False
    return True
