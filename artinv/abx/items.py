"""Tokens for ABX from labelled utterances: a phone with its neighbours, speaker and frames."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.records import Frames
from artinv.phones.corpora import PAUSE, phone_of

_SLACK = 1e-6
"""Tolerance, in frames, for rounding errors of label times."""


@dataclass(frozen=True, slots=True)
class Token:
    """One occurrence of a phone in an utterance."""

    id: UtteranceId
    speaker: SpeakerId
    phone: str
    before: str  # previous phone; PAUSE after silence or at the start of the utterance
    after: str  # next phone; PAUSE before silence or at the end of the utterance
    first: int  # first frame
    last: int  # last frame, inclusive

    @property
    def frames(self) -> slice:
        """Slice of the token's frames in its utterance."""
        return slice(self.first, self.last + 1)


def tokens_of(frames: Frames) -> list[Token]:
    """Return the phones of an utterance that contain at least one frame; both label times are inclusive."""
    phones = [phone_of(frames.corpus, label.text) for label in frames.phones]
    tokens = []
    for at, (label, phone) in enumerate(zip(frames.phones, phones, strict=True)):
        first = max(0, math.ceil(label.start * frames.rate - _SLACK))
        last = min(len(frames.motion) - 1, math.floor(label.end * frames.rate + _SLACK))
        if phone and last >= first:
            before, after = phones[at - 1] if at else "", phones[at + 1] if at + 1 < len(phones) else ""
            tokens.append(Token(frames.id, frames.speaker_id, phone, before or PAUSE, after or PAUSE, first, last))
    return tokens


def draw(tokens: Sequence[Token], most: int, seed: int, *, context: bool) -> list[Token]:
    """Draw at most `most` tokens per speaker and phone, and per context if `context`; keep the order of `tokens`.

    The tokens drawn for a speaker do not depend on the other speakers.
    """
    cells: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        cell = (token.speaker, token.phone, *((token.before, token.after) if context else ()))
        cells.setdefault(" ".join(cell), []).append(at)
    kept: list[int] = []
    for key, members in cells.items():
        chosen = members
        if len(members) > most:
            rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
            chosen = [members[at] for at in rng.choice(len(members), most, replace=False)]
        kept += chosen
    return [tokens[at] for at in sorted(kept)]
