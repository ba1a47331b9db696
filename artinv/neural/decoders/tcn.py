"""Dilated convolutions over time with residual connections; each block doubles the distance that it spans."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.neural.layers import Convolution, Span
from artinv.neural.layout import Layout
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the decoder."""

    width: int = Field(ge=2, le=4096)
    blocks: int = Field(ge=1, le=12)
    size: Literal[3, 5, 7, 9]  # frames that a convolution combines
    dropout: float = Field(ge=0, lt=1)  # dropout probability of whole channels


class Block(nn.Module):
    """A residual block x + f(x)."""

    def __init__(self, sizes: Sizes, dilation: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.norm = nn.LayerNorm(sizes.width)
        self.across = Convolution(sizes.width, sizes.width, sizes.size, causal=causal, dilation=dilation)
        self.within = nn.Linear(sizes.width, sizes.width)
        self.dropout = nn.Dropout1d(sizes.dropout)

    def forward(self, values: Tensor) -> Tensor:
        """Transform values (B, T, width)."""
        hidden = functional.relu(self.across(self.norm(values).transpose(1, 2)))
        return values + self.within(self.dropout(hidden).transpose(1, 2))


class Tcn(nn.Module):
    """The network of this module."""

    grid = 1

    def __init__(self, sizes: Sizes, electrodes: int, outputs: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.entry = nn.Linear(electrodes, sizes.width)
        blocks = [Block(sizes, 2**number, causal) for number in range(sizes.blocks)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(sizes.width)
        self.readout = nn.Linear(sizes.width, outputs)
        span = sum((block.across.span for block in blocks), Span())
        self.reach, self.ahead = span.back, span.ahead

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        values = self.entry(signals)
        for block in self.blocks:
            values = block(values)
        return self.readout(self.norm(values))


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the network; see `artinv.neural.decoders`."""
    return Tcn(sizes, len(layout.places), outputs, causal)
