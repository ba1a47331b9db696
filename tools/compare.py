"""Whether a machine comes to the committed results, within what seeds and processors make of them.

`python -m tools.compare COMMITTED.json MADE.json SPREAD.json`; exit code 1: it does not, and a line for each figure says so. The
spread is what `python -m experiments.stability` measured.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

LEAST = 1e-3
"""What every figure may differ by; all that is allowed where nothing is trained, as for ridge regression."""

SEEDS, INSTRUCTIONS = 6, 2
"""A trained figure may differ by so many standard deviations between seeds, or by so many times the largest difference that another
instruction set made, whichever is more."""


def tolerance(spread: Mapping[str, float]) -> float:
    """Of one figure.

    >>> tolerance({"sd_seeds": 0.002, "most_instructions": 0.001}), tolerance({"sd_seeds": 0.0, "most_instructions": 0.0})
    (0.012, 0.001)
    """
    return max(LEAST, SEEDS * spread["sd_seeds"], INSTRUCTIONS * spread["most_instructions"])


def differences(committed: Mapping, made: Mapping, spread: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line for each figure that is further off."""
    for name in sorted(committed.keys() | made.keys()):
        one, other = committed.get(name), made.get(name)
        if isinstance(one, float) and isinstance(other, float):
            allowed = tolerance(spread[name]) if name in spread else LEAST
            same = abs(one - other) <= allowed
        else:
            same = one == other or name == "made_by"
        if not same:
            yield f"{name}: {other}, committed {one}"


if __name__ == "__main__":
    committed, made, measured = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
    sys.exit("\n".join(differences(committed, made, measured["spread"])) or 0)
