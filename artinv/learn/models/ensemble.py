"""Several networks of one kind and the mean of what they say: errors that depend on the draw of first weights average out.

The members are trained one by one and put together here; trained as one network, they would learn to err together.
"""

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from artinv.learn import models
from artinv.runtime.params import Params


class Sizes(Params):
    """What there is to choose."""

    section: ClassVar[str] = "models.ensemble"
    member: str  # a name in artinv.learn.models
    sizes: dict  # of that model
    count: int = Field(ge=1, le=64)

    @field_validator("member")
    @classmethod
    def _is_another(cls, name: str) -> str:
        if name == "ensemble":
            raise ValueError("a member is no ensemble itself")
        return name


class Ensemble(nn.Module):
    """See the module."""

    def __init__(self, members: list[nn.Module]) -> None:
        """Networks of one kind."""
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, 18)."""
        return torch.stack([member(acoustics, lengths) for member in self.members]).mean(0)


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """The network; see `artinv.learn.models`."""
    chosen = models.get(sizes.member).Sizes.of(sizes.sizes, "models.ensemble.sizes")
    return Ensemble([models.build(sizes.member, chosen, n_in, rate) for _ in range(sizes.count)])
