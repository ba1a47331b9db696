"""Labelled utterances -> the tokens that are compared: a phone, its neighbours, its speaker, its frames."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.abx.phones import PAUSE, phone_of
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.records import Frames

_SLACK = 1e-6
"""Frames by which a time may miss a frame through rounding."""


@dataclass(frozen=True, slots=True)
class Token:
    """One phone as it was said once."""

    id: UtteranceId
    speaker: SpeakerId
    phone: str
    before: str  # the phone before it, PAUSE at a silence or an end
    after: str
    first: int  # frame
    last: int  # frame, inclusive

    @property
    def frames(self) -> slice:
        """The token's frames among those of its utterance."""
        return slice(self.first, self.last + 1)


def tokens_of(frames: Frames) -> list[Token]:
    """All phones of an utterance whose time holds at least one frame, both ends of the time included."""
    phones = [phone_of(frames.corpus, label.text) for label in frames.phones]
    found = []
    for at, (label, phone) in enumerate(zip(frames.phones, phones, strict=True)):
        first = max(0, math.ceil(label.start * frames.rate - _SLACK))
        last = min(len(frames.motion) - 1, math.floor(label.end * frames.rate + _SLACK))
        if phone and last >= first:
            before, after = phones[at - 1] if at else "", phones[at + 1] if at + 1 < len(phones) else ""
            found.append(Token(frames.id, frames.person, phone, before or PAUSE, after or PAUSE, first, last))
    return found


def draw(tokens: Sequence[Token], most: int, seed: int, *, context: bool) -> list[Token]:
    """At most so many of each speaker's phone, of each of its contexts where these count; in the order given.

    What is drawn of a speaker does not depend on who else there is.
    """
    cells: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        cell = (token.speaker, token.phone, *((token.before, token.after) if context else ()))
        cells.setdefault(" ".join(cell), []).append(at)
    kept: list[int] = []
    for key, members in cells.items():
        chosen = members
        if len(members) > most:
            dice = np.random.default_rng([seed, zlib.crc32(key.encode())])
            chosen = [members[at] for at in dice.choice(len(members), most, replace=False)]
        kept += chosen
    return [tokens[at] for at in sorted(kept)]
