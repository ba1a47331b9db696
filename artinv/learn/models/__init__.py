"""Models by name: the folder is the registry, every module here is a model.

A module holds `Sizes`, its choices (section `models.<name>` of params.yaml), and `build(sizes, n_in, rate) -> nn.Module`: `n_in`
acoustic values a frame, `rate` in Hz. The network maps acoustics (B, T, n_in) and lengths (B,) to trajectories (B, T, 18) in
standard deviations. What it says of a frame depends on the frames of the same utterance alone, never on padding or on the
company in the batch. A model that is solved and not trained has `fit(batches)`.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import ClassVar

from pydantic import ConfigDict, model_validator
from torch import nn

from artinv.runtime.errors import BadParams
from artinv.runtime.params import PARAMS_FILE, Params


def names() -> list[str]:
    """All models that can be built."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """One model's module by name."""
    if name not in names():
        raise BadParams(f"unknown model '{name}'; expected one of {names()}")
    return importlib.import_module(f"{__name__}.{name}")


class ModelParams(Params):
    """The sizes of the models, by name: each key of the section is a model and holds that model's `Sizes`."""

    model_config = ConfigDict(extra="allow")
    section: ClassVar[str] = "models"

    @model_validator(mode="after")
    def _known(self) -> "ModelParams":
        if unknown := sorted(set(self.model_extra) - set(names())):
            raise ValueError(f"unknown model '{unknown[0]}'; expected some of {names()}")
        return self

    def sizes(self, name: str, origin: str = str(PARAMS_FILE)) -> Params:
        """The choices of one model."""
        module = get(name)
        if name not in self.model_extra:
            raise BadParams(f"{origin}: section 'models.{name}' is missing; restore it from the project's params.yaml")
        return module.Sizes.of(self.model_extra[name], origin)


def build(name: str, chosen: Params, n_in: int, rate: float) -> nn.Module:
    """A model with fresh weights, drawn from torch's global generator."""
    return get(name).build(chosen, n_in, rate)
