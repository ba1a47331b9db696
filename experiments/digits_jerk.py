"""Measure how jerky real articulation is: the figure beside which `artinv.digits.articulatory` puts that of its words.

Run as `python -m experiments.digits_jerk FOLDER` for a folder of real recordings (corpora or EMU bundles). It prints percentiles of
the jerk of all stretches of half a second, and writes nothing.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from artinv.core.records import Utterance
from artinv.data.real_recordings import recordings
from artinv.digits.articulatory import WINDOW, jerk
from artinv.runtime.errors import BadData, gate

_STEP = 0.05  # s between the starts of two stretches
_CHANNELS = 12  # coordinates of tongue, jaw and lips; the velum is rarely measured


def stretches(utterance: Utterance) -> Iterator[np.ndarray]:
    """Yield the coils of all stretches between the first and the last label, or of the whole recording without labels."""
    labels = [label for label in utterance.phones if label.text not in ("", "sil", "#", "breath")]
    start, end = (labels[0].start, labels[-1].end) if labels else (0.0, len(utterance.coils) / utterance.coil_rate)
    while start + WINDOW <= end:
        first, last = (round((time - utterance.coil_start) * utterance.coil_rate) for time in (start, start + WINDOW))
        if first >= 0 and last <= len(utterance.coils):
            yield utterance.coils[first:last, :_CHANNELS]
        start += _STEP


def described(values: Sequence[float]) -> str:
    """Return the number of stretches and the percentiles of their jerk.

    >>> described([1000.0, 2000.0, 3000.0]), described([])
    ('3 stretches, median 2000, 95 % below 2900 mm/s^3', 'no stretch with known motion')
    """
    if not values:
        return "no stretch with known motion"
    return f"{len(values)} stretches, median {np.median(values):.0f}, 95 % below {np.percentile(values, 95):.0f} mm/s^3"


def main() -> None:
    """Print the percentiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    values = []
    for utterance in recordings(parser.parse_args().folder):
        own = [jerk(coils, utterance.coil_rate) for coils in stretches(utterance)]
        own = [value for value in own if np.isfinite(value)]
        print(f"{utterance.id}: {described(own)}")
        values += own
    if not values:
        raise BadData("no stretch of real articulation; name another folder")
    print(f"all: {described(values)}")


if __name__ == "__main__":
    with gate():
        main()
