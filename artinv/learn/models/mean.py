"""Prediction of each speaker's mean, which is 0 after normalization: the lowest baseline."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from artinv.core.channels import CHANNELS
from artinv.learn.batches import Batch
from artinv.learn.graph import Graph
from artinv.runtime.params import Params


class Sizes(Params):
    """The model has no parameters."""

    section: ClassVar[str] = "models.mean"


class Mean(nn.Module):
    """A model that predicts zeros."""

    def fit(self, batches: Iterable[Batch]) -> None:
        """Do nothing."""

    def forward(self, acoustics: Tensor, _: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        return torch.zeros(*acoustics.shape[:2], len(CHANNELS), device=acoustics.device)
    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        first = graph.op("Slice", acoustics, graph.constant([0]), graph.constant([1]), graph.constant([2]))
        return graph.op("Mul", first, graph.constant(np.zeros(len(CHANNELS), np.float32)))


def build(_sizes: Sizes, _n_in: int, _rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return Mean()
