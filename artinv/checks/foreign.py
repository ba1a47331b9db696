"""Check for single utterances whose motion does not match their sound: of another recording, late, flipped, or at a wrong rate."""

from collections.abc import Iterator

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.moments import LEAST, follows

USUAL = 0.4
"""Least median correlation of a speaker for this check; below it, all utterances of the speaker are suspicious."""

SHARE = 0.37
"""Least correlation of an utterance relative to the speaker's median. Synthetic speakers have at least .41 of the median, which is
.62 to .77; motion of another sentence (19 of 20), 200 ms late or upside down has less than .37 of it."""


def checks(session: Session) -> Iterator[Finding]:
    """Report motion that the sound does not predict, if it does in the speaker's other utterances."""
    profiles = session.profiles
    values = follows([profile.moments for profile in profiles])
    middle = float(np.median(values[np.isfinite(values)])) if np.isfinite(values).sum() > LEAST else np.nan
    if middle < USUAL:
        return
    suspects = [(profile, value) for profile, value in zip(profiles, values, strict=True) if value < SHARE * middle]
    if suspects:
        yield session.finding(
            "foreign motion", [profile for profile, _ in suspects], severity=WARNING,
            what=f"motion does not match the sound (correlation {suspects[0][1]:.2f}, median of this speaker {middle:.2f})",
            cure="sound and motion are from different recordings, or one is late or flipped: take both from the corpus again, "
                 "or name the utterance under clean.exclude in params.yaml",
        )
