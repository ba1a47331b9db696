"""Dilated convolutions over time with residual connections: seconds of context at a fraction of an LSTM's cost.

With `stride`, several neighbouring frames form one step; see `artinv.learn.layers.Steps`.
"""

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.core.channels import CHANNELS
from artinv.learn.graph import Graph
from artinv.learn.layers import Steps, frame_mask, smoothing
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.tcn"
    stride: int = Field(ge=1, le=100)  # frames per step
    context: int = Field(ge=0, le=100)  # neighbouring frames on each side in the input of a step
    width: int = Field(ge=1, le=8192)
    blocks: int = Field(ge=1, le=32)
    cycle: int = Field(ge=1, le=16)  # the dilation doubles from block to block, 1, 2, 4, ...; it returns to 1 after `cycle` blocks
    dropout: float = Field(ge=0, lt=1)  # dropout probability of whole channels of an utterance
    smoothing: Literal["fixed", "learned", "none"]
    cutoff: float = Field(gt=0)  # Hz, of the low-pass after the readout


class TcnBlock(nn.Module):
    """A residual block x + f(x): f combines three steps at a distance of `dilation`; beyond the ends of an utterance are zeros."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        """Draw initial weights."""
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.across = nn.Conv2d(width, width, (1, 3), dilation=(1, dilation), padding=(0, dilation))
        self.within = nn.Linear(width, width)
        self.dropout = dropout

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Transform values (B, T, width)."""
        image = (self.norm(values) * mask)[:, None].permute(0, 3, 1, 2)  # (B, width, 1, T), channels last: no copy
        hidden = functional.relu(self.across(image)).permute(0, 2, 3, 1)[:, 0]
        if self.training and self.dropout:
            kept = hidden.new_empty(len(hidden), 1, hidden.shape[2]).bernoulli_(1 - self.dropout)
            hidden = hidden * (kept / (1 - self.dropout))
        return values + self.within(hidden)

    def draw(self, graph: Graph, values: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        (_, width), (_, dilation) = self.across.kernel_size, self.across.dilation
        series = graph.op("Transpose", graph.normalized(values, self.norm), perm=[0, 2, 1])
        assert self.across.bias is not None
        kernel, bias = graph.constant(self.across.weight[:, :, 0]), graph.constant(self.across.bias)
        hidden = graph.op("Conv", series, kernel, bias, dilations=[dilation], pads=[dilation * (width // 2)] * 2)
        hidden = graph.op("Transpose", graph.op("Relu", hidden), perm=[0, 2, 1])
        return graph.op("Add", values, graph.linear(hidden, self.within.weight, self.within.bias))


class Tcn(nn.Module):
    """The network of this module."""

    def __init__(self, sizes: Sizes, n_in: int, rate: float) -> None:
        """Draw initial weights."""
        super().__init__()
        self.context, self.stride = sizes.context, sizes.stride
        self.entry = nn.Linear(n_in * (2 * sizes.context + sizes.stride), sizes.width)
        self.blocks = nn.ModuleList(TcnBlock(sizes.width, 2 ** (at % sizes.cycle), sizes.dropout) for at in range(sizes.blocks))
        self.norm = nn.LayerNorm(sizes.width)
        self.readout = nn.Linear(sizes.width, sizes.stride * len(CHANNELS))
        self.smoothing = smoothing(sizes.smoothing, sizes.cutoff, rate)

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        steps = Steps.of(acoustics, lengths, self.context, self.stride, late=self.training)
        values = self.entry(steps.values)
        mask = frame_mask(steps.lengths, values.shape[1])[..., None].to(values.dtype)
        for block in self.blocks:
            values = block(values, mask)
        return self.smoothing(steps.frames(self.readout(self.norm(values))), lengths)

    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        values = graph.linear(graph.windows(acoustics, self.context, self.stride), self.entry.weight, self.entry.bias)
        for block in self.blocks:
            values = graph.draw(block, values)
        motion = graph.linear(graph.normalized(values, self.norm), self.readout.weight, self.readout.bias)
        return graph.draw(self.smoothing, graph.ungrouped(motion, acoustics))


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return Tcn(sizes, n_in, rate)
