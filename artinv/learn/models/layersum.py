"""A learned sum of hidden layers in front of another model: which layers of a self-supervised network tell of the mouth.

The layers lie side by side in the acoustics, as `features.ssl.layers` lists them; each gets one weight, and the weights sum to 1.
"""

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from artinv.learn import models
from artinv.runtime.errors import BadParams
from artinv.runtime.params import Params


class Sizes(Params):
    """What there is to choose."""

    section: ClassVar[str] = "models.layersum"
    layers: int = Field(ge=1, le=100)  # side by side in the acoustics
    model: str  # a name in artinv.learn.models: what follows the sum
    sizes: dict  # of that model

    @field_validator("model")
    @classmethod
    def _is_trained(cls, name: str) -> str:
        if name in ("layersum", "ridge", "mean"):
            raise ValueError(f"'{name}' cannot be trained behind a sum; choose one of the networks")
        return name


class LayerSum(nn.Module):
    """See the module."""

    def __init__(self, layers: int, inner: nn.Module) -> None:
        """All layers count the same until trained."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(layers))
        self.inner = inner

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, layers * width) -> (B, T, 18)."""
        side_by_side = acoustics.unflatten(-1, (len(self.weight), -1))
        return self.inner(torch.einsum("btlw,l->btw", side_by_side, self.weight.softmax(0)), lengths)


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """The network; see `artinv.learn.models`."""
    if n_in % sizes.layers:
        fault = f"{n_in} acoustic values a frame are no {sizes.layers} layers; list as many in features.ssl.layers"
        raise BadParams(f"models.layersum.layers: {fault}")
    chosen = models.get(sizes.model).Sizes.of(sizes.sizes, "models.layersum.sizes")
    return LayerSum(sizes.layers, models.build(sizes.model, chosen, n_in // sizes.layers, rate))
