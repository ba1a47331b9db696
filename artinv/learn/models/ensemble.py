"""The mean prediction of several networks of one kind: errors that depend on the initial weights average out.

The members are trained separately and combined here; trained as one network, they would not make independent errors.
"""

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from artinv.learn import models
from artinv.learn.graph import Graph
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.ensemble"
    member: str  # a name in artinv.learn.models
    sizes: dict  # of that model
    count: int = Field(ge=1, le=64)

    @field_validator("member")
    @classmethod
    def _is_another(cls, name: str) -> str:
        if name == "ensemble":
            raise ValueError("a member cannot be an ensemble")
        return name


class Ensemble(nn.Module):
    """The ensemble."""

    def __init__(self, members: list[nn.Module]) -> None:
        """Combine networks of one kind."""
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        return torch.stack([member(acoustics, lengths) for member in self.members]).mean(0)
    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        return graph.op("Mean", *(graph.draw(member, acoustics) for member in self.members))


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    chosen = models.get(sizes.member).Sizes.of(sizes.sizes, "models.ensemble.sizes")
    return Ensemble([models.build(sizes.member, chosen, n_in, rate) for _ in range(sizes.count)])
