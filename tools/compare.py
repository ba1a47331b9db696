"""Check that a machine reproduces the committed results, within the variation between seeds and processors.

Run `python -m tools.compare COMMITTED.json MADE.json SPREAD.json`. Exit code 1: some figures differ; one line for each reports it.
`python -m experiments.stability` measures the spread.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

LEAST = 1e-3
"""Smallest tolerance of a figure; it applies where nothing is trained iteratively, as for ridge regression."""

SEEDS, INSTRUCTIONS = 6, 2
"""Tolerance of a trained figure: the larger of so many standard deviations between seeds, and so many times the largest difference
between instruction sets."""


def tolerance(spread: Mapping[str, float]) -> float:
    """Return the tolerance of one figure.

    >>> tolerance({"sd_seeds": 0.002, "most_instructions": 0.001}), tolerance({"sd_seeds": 0.0, "most_instructions": 0.0})
    (0.012, 0.001)
    """
    return max(LEAST, SEEDS * spread["sd_seeds"], INSTRUCTIONS * spread["most_instructions"])


def differences(committed: Mapping, made: Mapping, spread: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield one line for each figure that differs by more than its tolerance."""
    for name in sorted(committed.keys() | made.keys()):
        expected, actual = committed.get(name), made.get(name)
        if isinstance(expected, float) and isinstance(actual, float):
            allowed = tolerance(spread[name]) if name in spread else LEAST
            same = abs(expected - actual) <= allowed
        else:
            same = expected == actual or name == "made_by"
        if not same:
            yield f"{name}: {actual}, committed {expected}"


if __name__ == "__main__":
    committed, made, measured = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
    sys.exit("\n".join(differences(committed, made, measured["spread"])) or 0)
