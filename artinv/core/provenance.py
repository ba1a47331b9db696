"""What a figure depends on besides data and parameters."""

import platform
from collections.abc import Mapping
from importlib.metadata import version

from artinv import __version__


def versions() -> dict[str, str]:
    """Of the project and of what its numbers depend on."""
    return {"artinv": __version__, "python": platform.python_version(), "numpy": version("numpy"), "torch": version("torch")}


def made_by(facts: Mapping[str, object]) -> str:
    """One line for a file of metrics, from facts about a run.

    >>> made_by({"artinv": "0.1.0", "seed": 7, "split": "spec"})
    'artinv 0.1.0, seed 7'
    """
    return ", ".join(f"{name} {facts[name]}" for name in (*versions(), "seed") if name in facts)


def stamp(origin: str, **facts: object) -> dict[str, str]:
    """For a file of metrics: whether its data are real or synthetic, and what it was made by here and now."""
    return {"origin": origin, "made_by": made_by(versions() | facts)}
