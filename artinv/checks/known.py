"""What is known of real speakers: where their coils are and how far they move, and who lies elsewhere.

Means and standard deviations over all utterances of a speaker, in mm of the unified frame (x to the front, y up), measured on
recordings of the Haskins production rate comparison and of USC-TIMIT. They are figures, no recordings; nobody else is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from artinv.channels import COIL_COLUMNS
from artinv.checks.finding import WARNING, Finding, Session

LEAST = 10
"""Utterances from which a mean says where a speaker's coils are."""

FAR_MM, FAR = 4.0, 1.5
"""A channel lies elsewhere if it is off by more than both, in mm and in the speaker's own standard deviations."""

FEW = 2
"""Channels that may lie elsewhere: coils are glued anew."""


@dataclass(frozen=True, slots=True)
class Known:
    """A speaker's tt, td, tb, li, ul, ll, x before y."""

    mean: tuple[float, ...]  # (12,) mm
    std: tuple[float, ...]  # (12,) mm
    utterances: int


SPEAKERS = {
    "hprc/F01": Known(
        (-19.1, -9.0, -50.9, -6.4, -37.1, -2.6, -5.4, -25.6, 8.2, 4.2, 4.4, -24.0),
        (4.7, 5.3, 3.9, 5.0, 5.4, 4.6, 2.2, 3.6, 1.5, 1.9, 2.5, 4.2), 1738,
    ),
    "hprc/F02": Known(
        (-18.3, -6.6, -51.1, -0.7, -36.4, -1.1, -13.5, -20.4, 8.6, 5.1, 7.3, -27.0),
        (5.2, 4.7, 3.6, 3.7, 4.1, 4.4, 2.0, 3.1, 1.7, 1.4, 2.6, 4.1), 1560,
    ),
    "hprc/F03": Known(
        (-14.6, -9.7, -44.4, -5.6, -28.1, -4.0, 1.6, -21.8, 10.2, 0.3, 11.5, -24.9),
        (4.2, 4.2, 2.5, 3.5, 3.1, 4.3, 1.4, 2.8, 1.4, 1.0, 1.6, 3.5), 1617,
    ),
    "hprc/F04": Known(
        (-16.8, -10.2, -45.3, 0.7, -28.2, -4.4, -2.4, -19.0, 8.8, 5.7, 7.0, -27.0),
        (4.9, 5.6, 3.7, 4.7, 4.5, 5.9, 1.4, 3.8, 1.6, 2.1, 2.8, 5.4), 1618,
    ),
    "hprc/M01": Known(
        (-15.6, -12.5, -39.5, -6.9, -24.8, -9.9, -0.3, -23.3, 12.4, 1.4, 12.0, -26.7),
        (3.9, 3.6, 4.6, 4.4, 3.4, 3.9, 0.9, 2.1, 1.2, 1.5, 1.4, 3.2), 1553,
    ),
    "hprc/M02": Known(
        (-13.5, -11.7, -58.2, -6.9, -36.5, -1.8, 0.6, -22.0, 11.4, 5.9, 14.3, -25.5),
        (5.0, 6.3, 3.8, 5.2, 3.8, 6.4, 1.5, 3.7, 1.8, 1.5, 2.2, 5.4), 1554,
    ),
    "hprc/M03": Known(
        (-15.8, -8.7, -50.0, 0.4, -32.9, -0.7, -1.8, -20.2, 12.0, -2.0, 6.3, -27.4),
        (4.4, 4.3, 3.1, 3.9, 4.0, 4.2, 1.2, 2.8, 1.5, 1.2, 1.8, 3.8), 1610,
    ),
    "hprc/M04": Known(
        (-19.7, -8.4, -43.1, -4.8, -31.9, -4.8, -2.6, -21.5, 11.5, 0.7, 8.4, -24.6),
        (4.1, 3.9, 4.0, 4.7, 4.2, 5.1, 1.3, 1.7, 1.1, 1.3, 1.4, 2.5), 1620,
    ),
    "usc/F1": Known(
        (-17.4, -57.1, -38.0, -54.3, -25.6, -54.7, 1.8, -75.2, 11.7, -54.4, 13.1, -72.3),
        (3.6, 4.0, 3.2, 3.7, 3.6, 4.2, 1.8, 2.6, 1.4, 1.6, 2.3, 3.8), 450,
    ),
    "usc/M3": Known(
        (-19.2, -63.5, -44.7, -56.8, -29.9, -59.2, -0.7, -77.8, 13.7, -61.9, 10.7, -80.4),
        (6.3, 5.4, 5.6, 5.4, 6.3, 5.7, 5.8, 5.7, 7.2, 4.3, 7.0, 6.8), 453,
    ),
}
"""corpus/speaker -> figures."""


def elsewhere(session: Session) -> Iterator[Finding]:
    """A known speaker whose coils are not where they are known to be; nobody knows a synthetic one."""
    known = SPEAKERS.get(f"{session.corpus.name}/{session.speaker}")
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
