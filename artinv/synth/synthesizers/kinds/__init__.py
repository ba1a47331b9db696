"""Registry of synthesizers: every module in this folder is one.

A module defines `build(sound_rate, samples) -> Synthesizer` (see `artinv.synth.synthesizers.protocol`): the sampling rate in Hz,
and the number of samples of a sound.
"""

import importlib
import pkgutil

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers.protocol import Synthesizer


def names() -> list[str]:
    """Return the names of all synthesizers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def build(name: str, sound_rate: int, samples: int) -> Synthesizer:
    """Return a synthesizer whose sounds have `samples` samples at `sound_rate` Hz."""
    if name not in names():
        raise BadParams(f"unknown synthesizer '{name}'; expected one of {names()}")
    return importlib.import_module(f"{__name__}.{name}").build(sound_rate, samples)
