"""Dense layers on a window of neighbouring frames: a baseline without recurrence.

With `stride`, several neighbouring frames form one step; see `artinv.learn.layers.Steps`.
"""

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from artinv.core.channels import CHANNELS
from artinv.learn.graph import Graph
from artinv.learn.layers import Steps, dense, draw_dense, smoothing
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.mlp"
    stride: int = Field(ge=1, le=100)  # frames per step
    context: int = Field(ge=0, le=100)  # neighbouring frames on each side of a step
    width: int = Field(ge=1, le=8192)
    layers: int = Field(ge=1, le=32)
    smoothing: Literal["fixed", "learned", "none"] = "none"
    cutoff: float = Field(default=10.0, gt=0)  # Hz, of the low-pass after the readout


class Mlp(nn.Module):
    """Dense layers on a window of frames, a linear readout and a low-pass."""

    def __init__(self, sizes: Sizes, n_in: int, rate: float) -> None:
        """Draw initial weights."""
        super().__init__()
        self.context, self.stride = sizes.context, sizes.stride
        self.dense = dense([n_in * (2 * sizes.context + sizes.stride), *[sizes.width] * sizes.layers])
        self.readout = nn.Linear(sizes.width, sizes.stride * len(CHANNELS))
        self.smoothing = smoothing(sizes.smoothing, sizes.cutoff, rate)

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        steps = Steps.of(acoustics, lengths, self.context, self.stride, late=self.training)
        return self.smoothing(steps.frames(self.readout(self.dense(steps.values))), lengths)

    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        hidden = draw_dense(graph, self.dense, graph.windows(acoustics, self.context, self.stride))
        motion = graph.ungrouped(graph.linear(hidden, self.readout.weight, self.readout.bias), acoustics)
        return graph.draw(self.smoothing, motion)


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return Mlp(sizes, n_in, rate)
