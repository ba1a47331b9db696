"""One module per command of `python -m artinv`; the folder is the registry.

A module's docstring is its help. `add(parser)` declares what the command takes, `run(options)` carries it out. What is slow to
import is imported inside `run`, so that help comes at once.
"""

import json
import pkgutil
from pathlib import Path

from artinv.errors import BadData


def names() -> list[str]:
    """The commands there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def result(path: Path, job: str) -> dict:
    """A JSON file that a job has made."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: there is no result to show ({error}); run `{job}`") from None
