"""Write native files of USC-TIMIT EMA from synthetic speech."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.files import write_text
from artinv.core.records import Utterance
from artinv.corpora.facts.usc import SENSORS, SOUND_RATE
from artinv.corpora.writers import CorpusWriter, HeadFrame
from artinv.formats import matlab, sound, transcript
from artinv.formats.transcript import Row

WRITTEN = {
    "F1": ("UL", "LL", "JAW", "TD", "TB", "TT"), "F5": ("TT", "TB", "TD", "UL", "LL", "JAW"),
    "M1": ("JAW", "TD", "TB", "TT", "LL", "UL"), "M3": ("TD", "TB", "TT", "JAW", "UL", "LL"),
}
"""Speaker -> order of the sensors in a file; in the corpus the orders differ, but which they are is not known."""

RATES = {"F1": 99.92, "F5": 97.5, "M1": 100.08, "M3": 99.98}
"""Speaker -> rate of the sensors in Hz."""

EASE = 0.08
"""Time in s before and after the boundary of two sentences over which the coils are blended, so that they do not jump."""


def write(root: Path, utterances: Sequence[Utterance]) -> None:
    """Write one native file, named after the up to five sentences that begin in it; the name of a continued sentence ends in `b`.

    In most files of F1 and F5 the motion ends 70-110 ms before the sound.
    """
    speaker = utterances[0].speaker
    begun = [utterance.order for utterance in utterances if not utterance.name.endswith("b")]
    name = f"usctimit_ema_{speaker.lower()}_{begun[0]:03d}_{begun[-1]:03d}"
    samples = [sound.to_int16(sound.resampled(utterance, SOUND_RATE)) for utterance in utterances]
    starts = np.cumsum([0, *map(len, samples)]) / SOUND_RATE
    checksum = zlib.crc32(name.encode()) % 1000
    cut = 0.07 + 0.04 * checksum / 1000 if speaker in {"F1", "F5"} and checksum % 4 else 0.0
    times = np.arange(int((starts[-1] - cut) * RATES[speaker])) / RATES[speaker]
    coils = dict(zip(COIL_COLUMNS, _session(utterances, starts, times).T, strict=True))
    everything = np.concatenate(samples)
    elements = [{"NAME": "AUDIO", "SRATE": float(SOUND_RATE), "SIGNAL": everything[:, None]}]
    for sensor in WRITTEN[speaker]:
        coil = next(coil for coil, native in SENSORS.items() if native == sensor)
        signal = np.stack([coils[f"{coil}_x"], coils[f"{coil}_y"], np.zeros(len(times))], axis=1)
        elements.append({"NAME": sensor, "SRATE": RATES[speaker], "SIGNAL": signal})
    folders = root / speaker
    matlab.write_structs(folders / "mat" / f"{name}.mat", elements)
    sound.write(folders / "wav" / f"{name}.wav", everything, SOUND_RATE)
    rows = [transcript.shifted(_rows(utterance), start) for utterance, start in zip(utterances, starts, strict=False)]
    write_text(folders / "trans" / f"{name}.trans", "".join(map(transcript.line, chain(*rows))))


def _session(utterances: Sequence[Utterance], starts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the coils at `times` over all sentences, blended at the boundaries so that they do not jump."""
    which = np.searchsorted(starts, times, side="right") - 1
    coils = np.concatenate([
        sound.coils_at(utterance, times[which == number] - starts[number]) for number, utterance in enumerate(utterances)
    ])
    for before, after, boundary in zip(utterances, utterances[1:], starts[1:], strict=False):
        jump = after.coils[0] - before.coils[-1]
        near = np.clip((times - boundary) / EASE, -1, 1)[:, None]
        lead = np.where(near < 0, 1, -1) * (1 + np.cos(np.pi * near)) / 4
        coils += np.where(np.isnan(jump), 0, jump * lead).astype(np.float32)
    return coils


def _rows(utterance: Utterance) -> Iterator[Row]:
    """Yield the phones with their word and sentence; silence belongs to no sentence."""
    for phone in utterance.phones:
        middle = (phone.start + phone.end) / 2
        word = next((word.text for word in utterance.words if word.start <= middle < word.end), "")
        silent = phone.text == "sil"
        text, index = ("", None) if silent else (utterance.text, utterance.order)
        yield Row(phone.start, phone.end, phone.text.rstrip("012"), word, text, index)


WRITER = CorpusWriter(write, batch=5, reading_list="460", frame=HeadFrame(below=(47, 57), moved={"F5": (65, 0.0, -12.0)}))
