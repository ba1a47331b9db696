"""Registry of targets: every module in this folder is a kind of parameters of speech, estimated from sound and made into sound.

A module defines `infer(source: Source) -> Target`, and `sound(values, manner: Manner) -> np.ndarray`: values (T, P) at 125 Hz in
the units of the target to samples (128 T,) float32 at 16 kHz. Where that has gradients, it also defines `render(values, manner)`,
tensors (B, T, P) to (B, 128 T).
"""

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from pydantic import Field

from artinv.neural.records import Recording, Truth
from artinv.neural.target import Scale
from artinv.runtime.errors import BadParams, expected
from artinv.runtime.params import ProfileParams


class TargetParams(ProfileParams):
    """Which targets are estimated from the sound, and how."""

    section: ClassVar[str] = "targets"
    kinds: list[str] = Field(min_length=1)
    voice: str  # formant18: woman or man, whose ranges are used; articulation and tract: any voice of `artinv speak`
    seconds: float = Field(gt=0)  # formant18: training sound, at most
    steps: int = Field(ge=1)  # formant18: of the encoder
    batch: int = Field(ge=1)  # formant18: pieces of one second in a step
    lr: float = Field(gt=0)  # formant18: first learning rate
    width: int = Field(ge=4)  # formant18: channels of the encoder
    seed: int = Field(ge=0)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What a target is estimated from."""

    recording: Recording
    truth: Truth | None  # of a simulated recording
    runs: list[tuple[int, int]]  # stretches of training frames
    params: TargetParams


@dataclass(frozen=True, slots=True, eq=False)
class Manner:
    """How values are made into sound."""

    scale: Scale  # of the training frames
    voice: str


def names() -> list[str]:
    """Return the names of all kinds."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def rendered() -> list[str]:
    """Return the names of the kinds whose sound has gradients."""
    return [name for name in names() if hasattr(get(name), "render")]


def get(name: str) -> ModuleType:
    """Return the module of a kind."""
    if name not in names():
        raise BadParams(f"unknown target '{name}'; {expected(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")
