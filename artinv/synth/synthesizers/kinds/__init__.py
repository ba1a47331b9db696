"""Registry of synthesizers: every module in this folder is one.

A module defines `build(sound_rate, samples) -> Synthesizer` (see `artinv.synth.synthesizers.protocol`): the sampling rate in Hz,
and the number of samples of a sound. Further arguments of `build` have defaults.
"""

import importlib
import inspect
import pkgutil
from typing import Any, cast

from artinv.runtime.errors import BadParams, expected
from artinv.synth.synthesizers.protocol import Synthesizer


def names() -> list[str]:
    """Return the names of all synthesizers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def build(name: str, sound_rate: int, samples: int, **options: Any) -> Synthesizer:
    """Return a synthesizer whose sounds have `samples` samples at `sound_rate` Hz, with further arguments of its module."""
    if name not in names():
        raise BadParams(f"unknown synthesizer '{name}'; {expected(name, names())}")
    make = importlib.import_module(f"{__name__}.{name}").build
    known = list(inspect.signature(make).parameters)[2:]
    if unknown := sorted(set(options) - set(known)):
        raise BadParams(f"{name}: unknown option '{unknown[0]}'; {expected(unknown[0], known)}")
    return cast("Synthesizer", make(sound_rate, samples, **options))
