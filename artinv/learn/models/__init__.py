"""Registry of models: every module in this folder is a model.

A module defines `Sizes`, its parameters (section `models.<name>` of params.yaml), and `build(sizes, n_in, rate) -> nn.Module`:
`n_in` acoustic values a frame, `rate` in Hz. The network maps acoustics (B, T, n_in) and lengths (B,) to trajectories (B, T, 18)
in standard deviations. The prediction for a frame depends on the frames of the same utterance only, never on padding or on other
utterances of the batch. A model that is solved in closed form has a method `fit(batches)`.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import ClassVar

from pydantic import ConfigDict, model_validator
from torch import nn

from artinv.runtime.errors import BadParams
from artinv.runtime.params import Params


def names() -> list[str]:
    """Return the names of all models."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """Return the module of a model."""
    if name not in names():
        raise BadParams(f"unknown model '{name}'; expected one of {names()}")
    return importlib.import_module(f"{__name__}.{name}")


class ModelParams(Params):
    """The section `models` of params.yaml: each key is a model, its value is that model's `Sizes`."""

    model_config = ConfigDict(extra="allow")
    section: ClassVar[str] = "models"

    @model_validator(mode="after")
    def _known(self) -> "ModelParams":
        if unknown := sorted(set(self.model_extra or {}) - set(names())):
            raise ValueError(f"unknown model '{unknown[0]}'; expected some of {names()}")
        return self

    def sizes(self, name: str, origin: str = "params.yaml") -> Params:
        """Return the parameters of one model; `origin` is the name of their file in error messages."""
        module = get(name)
        sections = self.model_extra or {}
        if name not in sections:
            raise BadParams(f"{origin}: section 'models.{name}' is missing; restore it from the project's params.yaml")
        return module.Sizes.of(sections[name], origin)


def build(name: str, chosen: Params, n_in: int, rate: float) -> nn.Module:
    """Return a model with initial weights from torch's global random generator."""
    return get(name).build(chosen, n_in, rate)
