"""The folder is the registry: every module here is a corpus, named as its folder under `raw`."""

import importlib
import pkgutil

from artinv.corpus import Corpus
from artinv.errors import BadParams


def names() -> list[str]:
    """All corpora that can be read."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def spoken() -> list[str]:
    """Those of which the demo can write synthetic speakers."""
    return [name for name in names() if get(name).write]


def get(name: str) -> Corpus:
    """One corpus by name."""
    if name not in names():
        raise BadParams(f"unknown corpus '{name}'; expected one of {names()}")
    return importlib.import_module(f"{__name__}.{name}").CORPUS
