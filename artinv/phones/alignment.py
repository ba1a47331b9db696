"""Times of the phones and words of a known text: the best path through all pronunciations, with optional pauses (Viterbi)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core.records import Label
from artinv.phones.classes import SILENCE
from artinv.phones.pronunciation import Word
from artinv.phones.recognizer import RATE, STATES
from artinv.runtime.errors import BadData

STAY = 0.6
"""Probability of staying in a state for another frame of 10 ms."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Labels that cover the recording without gaps."""

    phones: tuple[Label, ...]  # ARPAbet in capitals; SIL: silence
    words: tuple[Label, ...]
    score: float  # mean log-likelihood of a frame on the best path


@dataclass(slots=True)
class _Network:
    """Phones in the order of the text; each may follow some earlier ones."""

    phones: list[str]
    word: list[int]  # number of the word of each phone, -1 in a pause
    before: list[list[int]]  # phones that may precede; -1: the phone may come first
    last: list[int]  # phones that may come last

    @classmethod
    def of(cls, words: Sequence[Word]) -> "_Network":
        """Build the network of all pronunciations, with an optional pause around each word."""
        network = cls([], [], [], [])
        ends = [-1, network.add(SILENCE, -1, [-1])]
        for number, word in enumerate(words):
            after = []
            for variant in word.variants:
                last = ends
                for phone in variant:
                    last = [network.add(phone, number, last)]
                after += last
            ends = [*after, network.add(SILENCE, -1, after)]
        network.last = ends
        return network

    def add(self, phone: str, word: int, before: list[int]) -> int:
        """Add a phone and return its number."""
        self.phones.append(phone)
        self.word.append(word)
        self.before.append(list(before))
        return len(self.phones) - 1


def align(states: np.ndarray, names: Sequence[str], words: Sequence[Word], origin: str) -> Alignment:
    """Align words with the log-likelihoods (frames, phones, 3) of `names`; `origin` names the recording in messages."""
    network = _Network.of(words)
    scores = states[:, [list(names).index(phone) for phone in network.phones]].astype(np.float64)
    shortest = STATES * sum(min(map(len, word.variants)) for word in words)
    if len(scores) < shortest:
        fault = f"{len(scores) / RATE:.2f} s are too short for its {len(words)} words"
        raise BadData(f"{origin}: {fault}; check that the text is that of this recording")
    path, total = _best(scores, network)
    phones, spoken = _labels(path, network, words)
    return Alignment(phones, spoken, total / len(scores))


def _best(scores: np.ndarray, network: _Network) -> tuple[np.ndarray, float]:
    """Return the number of the phone in each frame of the best path, and its log-likelihood."""
    frames, count, _ = scores.shape
    width = max(map(len, network.before))
    before = np.array([row + [row[0]] * (width - len(row)) for row in network.before])  # repeated, so that all have equal length
    first = (before == -1).any(axis=1)
    stay, move = np.log(STAY), np.log1p(-STAY)
    now = np.full((count, STATES), -np.inf)
    now[first, 0] = scores[0, first, 0]
    entered = np.zeros((frames, count), np.int32)  # the phone before, where a phone begins
    step = np.zeros((frames, count, STATES), np.int8)  # 0: the same state, 1: the state before
    for frame in range(1, frames):
        out = np.append(now[:, -1], -np.inf)[before] + move  # (count, width); -1 is the appended one
        choice = out.argmax(axis=1)
        entering = np.concatenate([out[np.arange(count), choice][:, None], now[:, :-1] + move], axis=1)
        staying = now + stay
        step[frame] = entering > staying
        entered[frame] = before[np.arange(count), choice]
        now = np.maximum(entering, staying) + scores[frame]
    ends = [end for end in network.last if end >= 0]
    phone, state = max(ends, key=lambda end: now[end, -1]), STATES - 1
    total, path = float(now[phone, -1]), np.zeros(frames, int)
    for frame in range(frames - 1, -1, -1):
        path[frame] = phone
        if step[frame, phone, state]:
            if state:
                state -= 1
            else:
                phone, state = int(entered[frame, phone]), STATES - 1
    return path, total


def _labels(path: np.ndarray, network: _Network, words: Sequence[Word]) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Return labels of phones and words from the phone of each frame."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = [*starts[1:], len(path)]
    phones: list[Label] = []
    spoken: list[list] = []  # number of the word, start and end
    for start, end in zip(starts, ends, strict=True):
        number = int(path[start])
        phones.append(Label(network.phones[number], float(start / RATE), float(end / RATE)))
        word = network.word[number]
        if word >= 0 and spoken and spoken[-1][0] == word:
            spoken[-1][2] = float(end / RATE)
        elif word >= 0:
            spoken.append([word, float(start / RATE), float(end / RATE)])
    return tuple(phones), tuple(Label(words[number].text, begin, end) for number, begin, end in spoken)
