"""Acoustic scores of phones from pocketsphinx, a recognizer of real English speech that comes in one package (BSD licence).

Its scores of senones (tied states) are written to a file by the decoder and read from there; no other part of its decoding is used.
"""

import math
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import numpy as np

from artinv.runtime.errors import BadParams
from artinv.signal.mfcc import SOUND_RATE

RATE = 100.0
"""Frames per second of the scores."""

STATES = 3
"""States of a phone, in their order in time."""

POCKETSPHINX = "5.1.1"
"""Version whose files of scores and of model definitions this module was tested with."""

_LEAD = 0.2  # s of silence before and after the sound, for the recognizer's running mean of the spectrum
_PEAK = 16000.0  # amplitude to which a sound is scaled
_HISS = 2.0  # standard deviation of the noise that keeps digital silence from being a score of its own
_BASE = 1024 * math.log(1.0001)  # natural logarithm of one step of a score
_ABSENT = -1e9  # score of a state without senones
_HEADER_END, _MARK = b"endhdr\n", 4  # of a file of scores; then follow bytes that mark the order of bytes


@dataclass(frozen=True, slots=True)
class Senones:
    """The phone and the state to which each senone of the acoustic model belongs."""

    phones: tuple[str, ...]
    phone: np.ndarray  # (senones,) int, index of the phone
    state: np.ndarray  # (senones,) int, 0 to 2
    independent: int  # the first ones, of phones regardless of their neighbours

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a binary model definition (`mdef`)."""
        content = path.read_bytes()
        order = "<" if content[:4] == b"BMDF" else ">"
        start = 12 + int(np.frombuffer(content, f"{order}i4", 1, 8)[0])
        facts = np.frombuffer(content, f"{order}i4", 10, start)
        count, total, states, independent, senones, _, sequences, _, tree, _ = (int(fact) for fact in facts)
        start += facts.nbytes
        names = content[start:].split(b"\0", count)[:count]
        start += sum(len(name) + 1 for name in names)
        start = -(-start // 4) * 4 + 8 * tree
        kind = np.dtype([("sequence", f"{order}i4"), ("transition", f"{order}i4"), ("context", "u1", 4)])
        phones = np.frombuffer(content, kind, total, start)
        table = np.frombuffer(content, f"{order}u2", sequences * states, start + phones.nbytes + 4).reshape(sequences, states)
        phone, state = np.zeros(senones, int), np.zeros(senones, int)
        own = np.where(np.arange(total) < count, np.arange(total), phones["context"][:, 1])
        for place in range(states):
            chosen = table[phones["sequence"], place]
            phone[chosen], state[chosen] = own, place
        return cls(tuple(name.decode("ascii") for name in names), phone, state, independent)


def available() -> bool:
    """Return whether the recognizer is installed."""
    return find_spec("pocketsphinx") is not None


def check_installed(needed_by: str) -> None:
    """Raise an error if the recognizer is not installed; `needed_by` is a parameter or an option."""
    if not available():
        raise BadParams(f"{needed_by}: needs the recognizer pocketsphinx; `pip install 'artinv[phones]'`, or leave it out")


def model_folder() -> Path:
    """Return the folder of the recognizer's English model."""
    check_installed("phones")
    import pocketsphinx  # noqa: PLC0415 -- an extra

    return Path(pocketsphinx.get_model_path()) / "en-us"


@cache
def senones() -> Senones:
    """Return the senones of the recognizer's English model."""
    return Senones.read(model_folder() / "en-us/mdef")


def state_scores(sound: np.ndarray, *, context: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Return two arrays (1 + samples // 160, phones, 3) of log-likelihoods of a sound (samples,) at 16 kHz.

    The first is that of the senone without context of each state, the second that of its best senone with `context`, else None.
    Both are known up to a constant a frame. Frame k is centred near the time k / 100 s.
    """
    found, table = _scores(sound, context=context), senones()
    shape = len(found), len(table.phones), STATES
    independent, best = np.full(shape, _ABSENT, np.float32), np.full(shape, _ABSENT, np.float32)
    first = slice(table.independent)
    independent[:, table.phone[first], table.state[first]] = found[:, first]  # one senone each
    if not context:
        return independent, None
    order = np.lexsort((table.state, table.phone))
    places = np.unique(table.phone * STATES + table.state)
    starts = np.searchsorted((table.phone * STATES + table.state)[order], places)
    best.reshape(len(found), -1)[:, places] = np.maximum.reduceat(found[:, order], starts, axis=1)
    return independent, best


def _scores(sound: np.ndarray, *, context: bool) -> np.ndarray:
    """Return (1 + samples // 160, senones) float32 log-likelihoods: of all senones, or of those without context."""
    from pocketsphinx import Decoder  # noqa: PLC0415 -- an extra

    folder, settings = model_folder(), {"compallsen": True} if context else {"allphone_ci": True, "beam": 0.0, "pbeam": 0.0}
    lead = np.zeros(round(_LEAD * SOUND_RATE))
    padded = np.concatenate([lead, sound, lead])
    hiss = np.random.default_rng(0).standard_normal(len(padded)) * _HISS
    samples = np.clip(padded / max(1e-9, np.abs(padded).max()) * _PEAK + hiss, -32768, 32767).astype("<i2")
    with tempfile.TemporaryDirectory() as place:
        decoder = Decoder(
            allphone=str(folder / "en-us-phone.lm.bin"), hmm=str(folder / "en-us"), lm=None, dict=None, senlogdir=place,
            loglevel="FATAL", **settings,
        )
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)
        decoder.end_utt()
        del decoder  # closes the file of scores
        (file,) = Path(place).glob("*.sen")
        content = file.read_bytes()
    scores = content[content.index(_HEADER_END) + len(_HEADER_END) + _MARK:]
    values = _rows(scores, len(senones().phone), senones().independent, context=context)
    frames, first = 1 + int(len(sound) * RATE) // SOUND_RATE, round(_LEAD * RATE)
    return values[np.minimum(np.arange(first, first + frames), len(values) - 1)] * np.float32(-_BASE)


def _rows(content: bytes, total: int, independent: int, *, context: bool) -> np.ndarray:
    """Return (frames, senones) float32 scores: a row of `total`, or the count, the distances of the numbers, and the scores.

    Scores that the first frames, of silence alone, lack are 0.
    """
    if context:
        return np.frombuffer(content, "<i2").reshape(-1, total + 1)[:, 1:].astype(np.float32)
    rows, at = [], 0
    while at < len(content):
        count = int(np.frombuffer(content, "<i2", 1, at)[0])
        row = np.zeros(independent, np.float32)
        row[np.cumsum(np.frombuffer(content, "u1", count, at + 2))] = np.frombuffer(content, "<i2", count, at + 2 + count)
        rows.append(row)
        at += 2 + 3 * count
    return np.stack(rows)
