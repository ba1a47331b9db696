"""Predicting each speaker's mean, which is 0 after normalization: the line every other model must beat."""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor, nn

from artinv.core.channels import CHANNELS
from artinv.learn.batches import Batch
from artinv.runtime.params import Params


class Sizes(Params):
    """There is nothing to choose."""

    section: ClassVar[str] = "models.mean"


class Mean(nn.Module):
    """Zeros."""

    def fit(self, batches: Iterable[Batch]) -> None:
        """There is nothing to learn."""

    def forward(self, acoustics: Tensor, _: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, 18)."""
        return torch.zeros(*acoustics.shape[:2], len(CHANNELS), device=acoustics.device)


def build(_sizes: Sizes, _n_in: int, _rate: float) -> nn.Module:
    """The network; see `artinv.learn.models`."""
    return Mean()
