"""Import modules of this project without the slow libraries that they compute with.

The parameters of a stage stand beside the code that they configure, and that code imports torch. A process that only reads
parameters needs none of it: here a name from such a library is a placeholder, which can be a base class, a decorator or part of an
annotation, as in tools that build documentation from source code.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

SLOW = ("joblib", "librosa", "matplotlib", "onnx", "onnxruntime", "pandas", "safetensors", "scipy", "soundfile", "soxr", "torch")
"""Libraries whose import takes longer than the check of all parameters."""


class _Names(type):
    """Class of placeholders: their attributes are placeholders too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder


class Placeholder(metaclass=_Names):
    """A class, function or constant of a library that is not imported."""

    def __init__(self, *_: object, **__: object) -> None:
        """Accept any arguments."""

    def __call__(self, *arguments: Any, **_: object) -> Any:
        """Return a decorated function as it is."""
        return arguments[0] if arguments else self

    def __getattr__(self, name: str) -> Any:
        """Return a placeholder for an attribute."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Module(ModuleType):
    """A library in which each name is a placeholder."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder


class _Finder(Loader, MetaPathFinder):
    """Find the placeholders of libraries before Python searches for the libraries."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self.libraries = libraries

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return the specification of a placeholder, or None for other modules."""
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in self.libraries else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty library."""
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Define nothing."""


def replace_libraries(libraries: Sequence[str] = SLOW) -> None:
    """Replace libraries by placeholders in the rest of this process, except those that are already imported."""
    sys.meta_path.insert(0, _Finder(libraries))
