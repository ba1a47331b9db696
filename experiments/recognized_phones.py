"""Phones that a recognizer finds in a sound, and their errors."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

_OTHER = ("SIL", "+NSN+", "+SPN+")
_PEAK = 0.6


class Recognizer:
    """Phone recognition with the English model of pocketsphinx."""

    def __init__(self, decoder: Any, title: str) -> None:
        self._decoder, self.title = decoder, title

    @classmethod
    def load(cls) -> "Recognizer | None":
        """Return a recognizer, None if pocketsphinx is not installed."""
        try:
            import pocketsphinx  # noqa: PLC0415 -- not required
        except ModuleNotFoundError:
            return None
        models = pocketsphinx.get_model_path
        decoder = pocketsphinx.Decoder(
            hmm=models("en-us/en-us"), allphone=models("en-us/en-us-phone.lm.bin"), lw=2.0, pip=0.3, beam=1e-20, pbeam=1e-20,
            loglevel="FATAL",
        )
        return cls(decoder, f"pocketsphinx {version('pocketsphinx')}, en-us, all phones")

    def phones(self, sound: np.ndarray) -> tuple[str, ...]:
        """Return the phones in a sound (samples,) at 16 kHz, without silence and noise."""
        scaled = np.rint(sound * (_PEAK * 32767 / max(float(np.abs(sound).max()), 1e-9))).astype(np.int16)
        self._decoder.reinit_feat()  # forget the mean of earlier sounds
        self._decoder.start_utt()
        self._decoder.process_raw(scaled.tobytes(), full_utt=True)
        self._decoder.end_utt()
        return tuple(segment.word for segment in self._decoder.seg() if segment.word not in _OTHER)


def error_rate(reference: Sequence[str], heard: Sequence[str]) -> float:
    """Return the edit distance per phone of the reference.

    >>> error_rate(["B", "AE", "T"], ["P", "AE", "T", "S"])
    0.6666666666666666
    """
    row = list(range(len(heard) + 1))
    for number, phone in enumerate(reference, 1):
        left, above = number, row[0]
        row[0] = number
        for column, other in enumerate(heard, 1):
            left = min(row[column] + 1, left + 1, above + (phone != other))
            above, row[column] = row[column], left
    return row[-1] / max(len(reference), 1)
