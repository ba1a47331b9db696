"""Layers of decoders that look back only, or to both sides alike, and state how far they look.

A `Span` counts frames: `back` to the past, `ahead` to the future. Spans of layers that follow one another add up.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, empty, nn
from torch.nn import functional

GROUP = 16
"""Channels that are normalized together."""

SLOPE = 0.2
"""Slope of the leaky rectifier below 0."""


@dataclass(frozen=True, slots=True)
class Span:
    """How far an output looks, in frames."""

    back: int = 0
    ahead: int = 0

    def __add__(self, other: "Span") -> "Span":
        """Return the span of two layers in a row."""
        return Span(self.back + other.back, self.ahead + other.ahead)

    def times(self, stride: int) -> "Span":
        """Return the span in finer frames, `stride` of which are one of this layer."""
        return Span(self.back * stride, self.ahead * stride)


class Convolution(nn.Module):
    """A convolution over time, or over time, rows and columns; zeros lie beyond the ends.

    Output j of a layer with stride s belongs to input frame s j. A causal one uses that frame and earlier ones only.
    """

    def __init__(
        self, n_in: int, n_out: int, size: int, *, causal: bool, stride: int = 1, dilation: int = 1, space: int = 0,
        space_stride: int = 1, bias: bool = True,
    ) -> None:
        """Draw initial weights; `space` is the odd size in rows and columns, 0 for a signal without them."""
        super().__init__()
        before = (size - 1) * dilation if causal else (size - 1) * dilation // 2
        self.ends = before, (size - 1) * dilation - before
        self.span = Span(*self.ends)
        if space:
            self.layer: Any = nn.Conv3d(
                n_in, n_out, (size, space, space), (stride, space_stride, space_stride),
                (0, space // 2, space // 2), (dilation, 1, 1), bias=bias,
            )
        else:
            self.layer = nn.Conv1d(n_in, n_out, size, stride, dilation=dilation, bias=bias)

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, C, T) or (B, C, T, rows, columns) to as many frames, or to one of `stride`."""
        flat = (0, 0) * (values.ndim - 3)
        return self.layer(functional.pad(values, (*flat, *self.ends)))


class Doubling(nn.Module):
    """A transposed convolution that doubles the number of frames: (B, C, T) -> (B, C, 2 T)."""

    def __init__(self, n_in: int, n_out: int, *, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.first = 0 if causal else 1
        self.layer = nn.ConvTranspose1d(n_in, n_out, 3, 2)
        self.span = Span(2, 0) if causal else Span(1, 1)  # in the finer frames

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, C, T) to (B, C, 2 T)."""
        longer = functional.pad(self.layer(values), (0, 1))
        return longer[..., self.first:][..., : 2 * values.shape[-1]]


class FrameNorm(nn.Module):
    """Group normalization of each frame alone: what follows in time changes nothing."""

    def __init__(self, channels: int) -> None:
        """Start from a gain of 1."""
        super().__init__()
        self.groups = max(1, channels // GROUP)
        self.weight, self.bias = nn.Parameter(nn.init.ones_(empty(channels))), nn.Parameter(nn.init.zeros_(empty(channels)))

    def forward(self, values: Tensor) -> Tensor:
        """Normalize (B, C, T) or (B, C, T, rows, columns)."""
        frames = values.transpose(1, 2)
        flat = frames.flatten(0, 1)
        flat = flat if flat.ndim > 2 else flat.unsqueeze(-1)
        normal = functional.group_norm(flat, self.groups, self.weight, self.bias)
        return normal.view(frames.shape).transpose(1, 2)


def rectified(values: Tensor) -> Tensor:
    """Return the values after the leaky rectifier."""
    return functional.leaky_relu(values, SLOPE)


