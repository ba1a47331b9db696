"""A learned weighted sum of hidden layers of a self-supervised network, as the input of another model.

The layers are concatenated in the acoustics in the order of `features.ssl.layers`. Each has one weight; the weights sum to 1.
"""

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from artinv.learn import models
from artinv.learn.graph import Graph
from artinv.runtime.errors import BadParams
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.layersum"
    layers: int = Field(ge=1, le=100)  # concatenated in the acoustics
    model: str  # a name in artinv.learn.models: the model that follows the sum
    sizes: dict  # of that model

    @field_validator("model")
    @classmethod
    def _is_trained(cls, name: str) -> str:
        if name in ("layersum", "ridge", "mean"):
            raise ValueError(f"'{name}' cannot be trained after a sum; choose one of the networks")
        return name


class LayerSum(nn.Module):
    """The weighted sum and the model that follows it."""

    def __init__(self, layers: int, inner: nn.Module) -> None:
        """Give all layers equal weights before training."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(layers))
        self.inner = inner

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, layers * width) to trajectories (B, T, 18)."""
        layers = acoustics.unflatten(-1, (len(self.weight), -1))
        return self.inner(torch.einsum("btlw,l->btw", layers, self.weight.softmax(0)), lengths)
    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        layers = graph.op("Reshape", acoustics, graph.constant([0, 0, len(self.weight), -1]))
        weighted = graph.op("Mul", layers, graph.constant(self.weight.softmax(0)[:, None]))
        return graph.draw(self.inner, graph.op("ReduceSum", weighted, graph.constant([2]), keepdims=0))


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    if n_in % sizes.layers:
        fault = f"{n_in} acoustic values a frame are not a multiple of {sizes.layers} layers"
        raise BadParams(f"models.layersum.layers: {fault}; list {sizes.layers} layers in features.ssl.layers")
    chosen = models.get(sizes.model).Sizes.of(sizes.sizes, "models.layersum.sizes")
    return LayerSum(sizes.layers, models.build(sizes.model, chosen, n_in // sizes.layers, rate))
