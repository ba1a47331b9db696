"""artinv: reproducible acoustic-to-articulatory inversion.

`artinv.invert("a.wav")` returns the motion of the articulators as an `artinv.Trajectory`. The names below are imported when they
are first used, so that `import artinv` takes no time.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artinv import corpora
    from artinv.api import Model, Trajectory, invert, load, read

__version__ = "0.1.0"
__all__ = ["Model", "Trajectory", "__version__", "corpora", "invert", "load", "read"]


def __getattr__(name: str) -> object:
    """Import a public name."""
    if name == "corpora":
        importlib.import_module("artinv.corpora.readers")
        return importlib.import_module("artinv.corpora")
    if name in __all__:
        return getattr(importlib.import_module("artinv.api"), name)
    raise AttributeError(f"module 'artinv' has no attribute '{name}'; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
