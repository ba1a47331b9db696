"""Provenance of a figure: the versions and facts that it depends on besides data and parameters."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import TypedDict

from artinv import __version__


class Versions(TypedDict):
    """Versions of what computed a figure."""

    artinv: str
    python: str
    numpy: str
    torch: str


def versions() -> Versions:
    """Return the versions of the project, Python, numpy and torch."""
    return {"artinv": __version__, "python": platform.python_version(), "numpy": version("numpy"), "torch": version("torch")}


def made_by(facts: Mapping[str, object]) -> str:
    """Return one line for a metrics file: the versions and the seed, from facts about a run.

    >>> made_by({"artinv": "0.1.0", "seed": 7, "split": "spec"})
    'artinv 0.1.0, seed 7'
    """
    return ", ".join(f"{name} {facts[name]}" for name in (*versions(), "seed") if name in facts)


def stamp(origin: str, **facts: object) -> dict[str, str]:
    """Return two entries for a metrics file: the origin of its data and the versions that computed it."""
    return {"origin": origin, "made_by": made_by({**versions(), **facts})}
