"""What is known of real speakers: where their coils are and how far they move, and who lies elsewhere.

The figures are those of `artinv.corpora.facts`; nothing is known of other speakers.
"""

from collections.abc import Iterator

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.core.channels import COIL_COLUMNS

LEAST = 10
"""Utterances from which a mean says where a speaker's coils are."""

FAR_MM, FAR = 4.0, 1.5
"""A channel lies elsewhere if it is off by more than both, in mm and in the speaker's own standard deviations."""

FEW = 2
"""Channels that may lie elsewhere: coils are glued anew."""


def elsewhere(session: Session) -> Iterator[Finding]:
    """A known speaker whose coils are not where they are known to be; nobody knows a synthetic one."""
    known = session.corpus.places.get(session.speaker)
    looks = session.looks
    if known is None or session.synthetic or len(looks) < LEAST:
        return
    place = np.array([_median([look.mean[channel] for look in looks]) for channel in range(len(known.mean))])
    off = np.abs(place - known.mean)
    far = np.flatnonzero(off > np.maximum(FAR_MM, FAR * np.array(known.std)))
    if len(far) > FEW:
        worst = int(far[off[far].argmax()])
        yield session.finding(
            "other place", looks,
            f"{len(far)} of 12 channels are not where {session.speaker} is known to have them: {COIL_COLUMNS[worst]} at "
            f"{place[worst]:.1f} mm, known {known.mean[worst]:.1f} +- {known.std[worst]:.1f}",
            "another speaker's files, or a copy in another head frame: compare with the corpus as it was published",
            severity=WARNING,
        )


def _median(values: list[float]) -> float:
    seen = [value for value in values if np.isfinite(value)]
    return float(np.median(seen)) if seen else np.nan
