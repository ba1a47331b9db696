"""Whether a machine has come to the committed results, within what processors may differ by.

`python -m tests.committed COMMITTED.json MADE.json`; exit code 1: it has not, and a line for each figure says so.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.computed import TOLERANCES

SHARE = 0.02
"""Of an error in mm or standard deviations."""


def differences(committed: dict, made: dict) -> Iterator[str]:
    """A line for each figure that is further off."""
    for name in sorted(committed.keys() | made.keys()):
        one, other = committed.get(name), made.get(name)
        if isinstance(one, float) and isinstance(other, float):
            allowed = TOLERANCES["pearson"] if "pearson" in name else SHARE * max(abs(one), abs(other))
            same = abs(one - other) <= allowed
        else:
            same = one == other or name == "made_by"
        if not same:
            yield f"{name}: {other}, committed {one}"


if __name__ == "__main__":
    sys.exit("\n".join(differences(*(json.loads(Path(name).read_text()) for name in sys.argv[1:]))) or 0)
