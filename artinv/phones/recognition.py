"""What the recognizer hears in a sound of any length, which arrives in blocks; one piece of it is in memory at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from artinv.core.records import Label
from artinv.phones import evidence, recognizer
from artinv.phones.classes import SILENCE, classes_of, membership
from artinv.phones.posteriors import posteriors
from artinv.phones.recognizer import RATE
from artinv.signal.mfcc import SOUND_RATE

PIECE, OVERLAP = 20, 2
"""s; longer sound is recognized in pieces of PIECE with OVERLAP more on each side, wherever its blocks end."""

SHORTEST = 3
"""Frames of 10 ms; shorter runs of the most probable phone belong to the phone before."""


class Recognition:
    """Probabilities of phones in a sound; with `states`, also the scores that an alignment needs."""

    def __init__(self, *, states: bool = False) -> None:
        """Begin without sound."""
        self._keeps_states = states
        self._held = np.zeros(0, np.float32)  # sound that later pieces need
        self._start = self._first = 0  # samples before the held sound, and before the next piece
        self._classes: list[np.ndarray] = []
        self._phones: list[np.ndarray] = []
        self._states: list[np.ndarray] = []

    def through(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the blocks of a sound at 16 kHz and recognize them in passing."""
        for block in blocks:
            self._add(block)
            yield block
        self._compute(last=True)

    @property
    def states(self) -> np.ndarray:
        """Return (frames, phones, 3) log-likelihoods at 100 Hz."""
        return np.concatenate(self._states)

    def classes(self, frames: int, rate: float) -> np.ndarray:
        """Return the evidence (frames, classes) at `rate` Hz."""
        return evidence.at_frames(np.concatenate(self._classes), frames, rate)

    def labels(self) -> tuple[Label, ...]:
        """Return the most probable phones as labels."""
        return runs(np.concatenate(self._phones), recognizer.senones().phones)

    def _add(self, block: np.ndarray) -> None:
        self._held = np.concatenate([self._held, block])
        while self._start + len(self._held) >= self._first + (PIECE + OVERLAP) * SOUND_RATE:
            self._compute(last=False)

    def _compute(self, *, last: bool) -> None:
        """Recognize the next piece and keep its frames."""
        hop, size = round(SOUND_RATE / RATE), PIECE * SOUND_RATE
        end = len(self._held) if last else self._first + (PIECE + OVERLAP) * SOUND_RATE - self._start
        kept = slice((self._first - self._start) // hop, None if last else (self._first + size - self._start) // hop)
        independent, best = recognizer.state_scores(self._held[:end], context=self._keeps_states)
        probable = posteriors(independent)[kept]
        names = recognizer.senones().phones
        self._classes.append((probable @ membership(names)).astype(np.float32))
        self._phones.append(probable.argmax(axis=1).astype(np.uint8))
        if best is not None:
            self._states.append(best[kept])
        self._first += size
        begin = max(0, self._first - OVERLAP * SOUND_RATE)
        self._held, self._start = self._held[begin - self._start:], begin


def recognized(sound: np.ndarray, frames: int, rate: float) -> np.ndarray:
    """Return the recognizer's evidence (frames, classes) on a whole sound (samples,) at 16 kHz."""
    recognition = Recognition()
    for _ in recognition.through([sound]):
        pass
    return recognition.classes(frames, rate)


def runs(phones: np.ndarray, names: Sequence[str]) -> tuple[Label, ...]:
    """Return a label for each run of equal numbers of phones at 100 Hz; short runs are joined with the phone before.

    >>> [(label.text, label.end) for label in runs(np.repeat([1, 0, 2], [5, 2, 4]), ("AH", "SIL", "S"))]
    [('SIL', 0.07), ('S', 0.11)]
    """
    spoken = [name if classes_of(name) else SILENCE for name in names]
    starts = [0, *(np.flatnonzero(np.diff(phones)) + 1)]
    ends = [*starts[1:], len(phones)]
    kept = [(spoken[phones[first]], first) for first, end in zip(starts, ends, strict=True) if end - first >= SHORTEST or not first]
    merged = [(text, first) for (text, first), before in zip(kept, [("", 0), *kept], strict=False) if text != before[0]]
    return tuple(
        Label(text, float(first / RATE), float(end / RATE))
        for (text, first), (_, end) in pairwise([*merged, ("", len(phones))])
    )
