"""Ridge regression on a window of neighbouring frames, solved in closed form: a linear baseline."""

from collections.abc import Iterable
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.core.channels import CHANNELS
from artinv.learn.batches import Batch, stack_context
from artinv.learn.graph import Graph
from artinv.learn.layers import frame_mask
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.ridge"
    context: int = Field(ge=0, le=100)  # neighbouring frames on each side
    penalty: float = Field(gt=0)  # on squared weights, relative to the number of frames


class Ridge(nn.Module):
    """A model in which every channel is a weighted sum of the neighbouring frames."""

    weight: Tensor  # (18, values)
    bias: Tensor  # (18,)

    def __init__(self, sizes: Sizes, n_in: int) -> None:
        """Set all weights to 0, until `fit`."""
        super().__init__()
        self.context, self.penalty = sizes.context, sizes.penalty
        self.register_buffer("weight", torch.zeros(len(CHANNELS), n_in * (2 * sizes.context + 1)))
        self.register_buffer("bias", torch.zeros(len(CHANNELS)))

    def fit(self, batches: Iterable[Batch]) -> None:
        """Solve the normal equations of each channel over the frames where it is known; one batch is in memory at a time.

        Channels are usually missing together. Frames are therefore grouped by their known channels, and each group is multiplied
        once, not once per channel. The weights of a channel without known frames stay 0.
        """
        n = self.weight.shape[1] + 1
        device = self.weight.device
        bits = 2 ** torch.arange(len(CHANNELS), device=device)
        groups: dict[int, Tensor] = {}
        right = torch.zeros(len(CHANNELS), n, dtype=torch.float64, device=device)
        for batch in batches:
            real = frame_mask(batch.lengths, batch.acoustics.shape[1])
            stacked = stack_context(batch.acoustics, batch.lengths, self.context)[real].double()
            inputs = torch.cat([stacked, stacked.new_ones(len(stacked), 1)], 1)
            right += batch.motion[real].double().T @ inputs
            known = (batch.mask[real] * bits).sum(1)
            for pattern in known.unique().tolist():
                chosen = known == pattern
                group = inputs if chosen.all() else inputs[chosen]
                groups.setdefault(pattern, torch.zeros(n, n, dtype=torch.float64, device=device)).addmm_(group.T, group)
        for channel in range(len(CHANNELS)):
            own = [products for pattern, products in groups.items() if pattern >> channel & 1]
            if own:
                left = torch.stack(own).sum(0)
                penalties = left.new_full((n,), self.penalty).mul_(left[-1, -1])
                penalties[-1] = 1e-9 * left[-1, -1]
                solution = torch.linalg.solve(left + penalties.diag(), right[channel])
                self.weight[channel], self.bias[channel] = solution[:-1].float(), solution[-1].float()

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        return functional.linear(stack_context(acoustics, lengths, self.context), self.weight, self.bias)

    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        return graph.linear(graph.windows(acoustics, self.context), self.weight, self.bias)


def build(sizes: Sizes, n_in: int, _rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return Ridge(sizes, n_in)
