"""Single utterances whose motion does not follow their sound: of two recordings, late, turned, or at a wrong rate."""

from collections.abc import Iterator

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.moments import LEAST, follows

USUAL = 0.4
"""Median correlation of a speaker below which nothing is told of single utterances: something is wrong with all of them."""

SHARE = 0.37
"""Of the speaker's median, below which an utterance does not belong. Synthetic speakers' own have .41 of it and more, and a median
of .62 to .77; motion of another sentence (19 of 20), 200 ms late or upside down has less than .37."""


def checks(session: Session) -> Iterator[Finding]:
    """Motion that its sound does not explain, where it does so in the speaker's other utterances."""
    looks = session.looks
    values = follows([look.moments for look in looks])
    middle = float(np.median(values[np.isfinite(values)])) if np.isfinite(values).sum() > LEAST else np.nan
    if middle < USUAL:
        return
    apart = [(look, value) for look, value in zip(looks, values, strict=True) if value < SHARE * middle]
    if apart:
        yield session.finding(
            "foreign motion", [look for look, _ in apart], severity=WARNING,
            what=f"motion does not follow the sound (correlation {apart[0][1]:.2f}, this speaker's usual one is {middle:.2f})",
            cure="sound and motion are of different recordings, or one of them is late or turned: take both from the corpus again, "
                 "or name the utterance under clean.exclude in params.yaml",
        )
