"""Registry of decoders: every module in this folder is a decoder.

A module defines `Sizes`, its parameters (section `decoders` of pipelines/neural/params.yaml), and
`build(sizes, layout, outputs, causal) -> nn.Module`. The network maps signals (B, T, E) to outputs (B, T, P) and has

- `reach`: frames of the past, besides its own, on which an output depends; None: all;
- `ahead`: frames of the future; 0 if causal, None: all;
- `grid`: a signal that is delayed by a multiple of this number of frames gives outputs that are delayed alike.

`artinv.neural.decoder` adds the modes. A decoder that is solved in closed form has a method `fit`; one with such a part has it as
`linear`; one that carries a state from frame to frame has a method `resume(signals, state)`.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import ClassVar

from pydantic import ConfigDict, model_validator
from torch import nn

from artinv.neural.layout import Layout
from artinv.runtime.errors import BadParams, expected
from artinv.runtime.params import Params, ProfileParams


def names() -> list[str]:
    """Return the names of all decoders."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """Return the module of a decoder."""
    if name not in names():
        raise BadParams(f"unknown decoder '{name}'; {expected(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")


class DecoderParams(ProfileParams):
    """Each key is a decoder, its value are the `Sizes` of that decoder."""

    model_config = ConfigDict(extra="allow", frozen=True)
    section: ClassVar[str] = "decoders"

    @model_validator(mode="after")
    def _known(self) -> "DecoderParams":
        for name, sizes in (self.model_extra or {}).items():
            try:
                get(name).Sizes.of(sizes, name)
            except BadParams as error:
                raise ValueError(str(error)) from None
        return self

    def sizes(self, name: str) -> Params:
        """Return the parameters of one decoder."""
        sections = self.model_extra or {}
        if name not in sections:
            raise BadParams(f"section 'decoders.{name}' is missing; restore it from the project's params.yaml")
        return get(name).Sizes.of(sections[name], f"decoders.{name}")


def build(name: str, sizes: Params, layout: Layout, outputs: int, *, causal: bool) -> nn.Module:
    """Return a network with initial weights from torch's global random generator."""
    return get(name).build(sizes, layout, outputs, causal)
