"""Check of the mean coil positions of known real speakers.

The expected positions are in `artinv.corpora.facts`; other speakers have none.
"""

from collections.abc import Iterator

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.core.channels import COIL_COLUMNS

LEAST = 10
"""Least number of utterances for the positions of a speaker."""

FAR_MM, FAR = 4.0, 1.5
"""Least deviation of a displaced channel, in mm and in standard deviations of the speaker; both must be exceeded."""

FEW = 2
"""Number of displaced channels without a finding, because coils can be reattached."""


def displaced(session: Session) -> Iterator[Finding]:
    """Report a known real speaker whose coils are not at the expected positions."""
    known = session.corpus.coil_statistics.get(session.speaker)
    profiles = session.profiles
    if known is None or session.synthetic or len(profiles) < LEAST:
        return
    place = np.array([_median([profile.mean[channel] for profile in profiles]) for channel in range(len(known.mean))])
    off = np.abs(place - known.mean)
    far = np.flatnonzero(off > np.maximum(FAR_MM, FAR * np.array(known.std)))
    if len(far) > FEW:
        worst = int(far[off[far].argmax()])
        yield session.finding(
            "other place", profiles,
            f"{len(far)} of 12 channels differ from the known positions of {session.speaker}: {COIL_COLUMNS[worst]} at "
            f"{place[worst]:.1f} mm, known {known.mean[worst]:.1f} +- {known.std[worst]:.1f}",
            "the files are another speaker's, or in another head frame: compare with the published corpus",
            severity=WARNING,
        )


def _median(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.median(finite)) if finite else np.nan
