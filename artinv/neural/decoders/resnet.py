"""Residual 3-D convolutions over time, rows and columns of a grid; time is halved four times and doubled again.

With the width 16 and 18 outputs it has 4.80 million parameters, as the decoder that Chen et al. (2024) call ResNet. Theirs looks
ahead, since it normalizes over the whole window and its convolutions are centred. Here each frame is normalized alone, and the
causal network uses no later frame.
"""

from pydantic import Field
from torch import Tensor, cat, nn

from artinv.neural.layers import Convolution, Doubling, FrameNorm, Span, rectified
from artinv.neural.layout import Layout
from artinv.runtime.params import Params

STAGES = ((2, 5, 1), (4, 3, 1), (8, 3, 3), (16, 3, 3))
"""Of each block: its channels in multiples of the width, its frames, its rows and columns."""

_STEM = 9  # frames


class Sizes(Params):
    """Parameters of the decoder."""

    width: int = Field(ge=4, le=256)  # channels before the first block


class Block(nn.Module):
    """Two convolutions beside one; the first of them, and the one beside, halve time, and space where they span it."""

    def __init__(self, n_in: int, n_out: int, frames: int, space: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.norm, self.inner = FrameNorm(n_in), FrameNorm(n_out)
        self.first, self.beside = (Convolution(
            n_in, n_out, frames, causal=causal, stride=2, space=space, space_stride=2 if space > 1 else 1, bias=False,
        ) for _ in range(2))
        self.second = Convolution(n_out, n_out, frames, causal=causal, space=space, bias=False)
        self.span = self.first.span + self.second.span.times(2)

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, C, T, rows, columns) to half as many frames."""
        entered = rectified(self.norm(values))
        return self.beside(entered) + self.second(rectified(self.inner(self.first(entered))))


class ResNet(nn.Module):
    """The network of this module."""

    grid = 16

    def __init__(self, sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.layout, width = layout, sizes.width
        self.stem = Convolution(1, width, _STEM, causal=causal, space=1, bias=False)
        spans, blocks, channels = [self.stem.span], [], width
        for number, (multiple, frames, space) in enumerate(STAGES):
            block = Block(channels, multiple * width, frames, space, causal)
            blocks.append(block)
            channels = multiple * width
            spans.append(block.span.times(2**number))
        self.blocks, self.norm = nn.ModuleList(blocks), FrameNorm(channels)
        self.middle = Convolution(channels, channels, 3, causal=causal)
        spans.append(self.middle.span.times(16))
        self.doublings, self.norms = nn.ModuleList(), nn.ModuleList()
        for number, multiple in enumerate((8, 4, 2, 2)):
            self.norms.append(FrameNorm(channels))
            doubling = Doubling(channels, multiple * width, causal=causal)
            self.doublings.append(doubling)
            channels = multiple * width
            spans.append(doubling.span.times(2 ** (3 - number)))
        self.last = FrameNorm(channels)
        heads = [Convolution(channels, channels, 3, causal=causal) for _ in range(2)]
        self.heads = nn.ModuleList(heads)
        self.inner = nn.ModuleList(FrameNorm(channels) for _ in range(2))
        self.readout = nn.Linear(2 * channels, outputs)
        span = sum([*spans, heads[0].span], Span())
        self.reach, self.ahead = span.back, span.ahead

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        values = self.stem(self.layout.on_grid(signals).unsqueeze(1))
        for block in self.blocks:
            values = block(values)
        series = self.middle(rectified(self.norm(values)).amax((3, 4)))
        for norm, doubling in zip(self.norms, self.doublings, strict=True):
            series = doubling(rectified(norm(series)))
        series = rectified(self.last(series[..., : signals.shape[1]]))
        heads = (rectified(norm(head(series))) for head, norm in zip(self.heads, self.inner, strict=True))
        return self.readout(cat(list(heads), 1).transpose(1, 2))


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the network; see `artinv.neural.decoders`."""
    return ResNet(sizes, layout, outputs, causal)
