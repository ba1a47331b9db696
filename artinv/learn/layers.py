"""Layers that the models share: masks, time reversal, steps of several frames, and the low-pass after the readout.

`lengths` (B,) is the number of real frames of each utterance in a padded batch. The result for a real frame depends neither on
padding nor on another utterance.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.core.channels import CHANNELS
from artinv.learn.batches import stack_context
from artinv.learn.graph import Graph

_REACH = 2  # half length of the low-pass, in periods of the cut-off frequency
_SLOWEST, _FASTEST = 0.02, 0.45  # range of a learned cut-off, relative to the frame rate


def frame_mask(lengths: Tensor, frames: int) -> Tensor:
    """Return a mask (B, T) bool, True for real frames."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


def reverse(values: Tensor, lengths: Tensor) -> Tensor:
    """Reverse the real frames of each utterance of (B, T, D); padding stays in place."""
    return _Reverse.apply(values, lengths)


class _Reverse(torch.autograd.Function):
    """Time reversal: its own inverse, so that its gradient is the same gather, exact and deterministic on every device."""

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, values: Tensor, lengths: Tensor) -> Tensor:
        """Reverse the frames."""
        context.save_for_backward(lengths)
        return _reversed(values, lengths)

    @staticmethod
    def backward(context: torch.autograd.function.BackwardCFunction, gradient: Tensor) -> tuple[Tensor, None]:
        """Reverse the gradients."""
        (lengths,) = context.saved_tensors
        return _reversed(gradient, lengths), None


def _reversed(values: Tensor, lengths: Tensor) -> Tensor:
    count, frames = values.shape[:2]
    time = torch.arange(frames, device=values.device)
    source = torch.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)
    rows = (source + frames * torch.arange(count, device=values.device)[:, None]).flatten()
    return values.reshape(count * frames, -1).index_select(0, rows).view(values.shape)


@dataclass(frozen=True, slots=True)
class Steps:
    """Utterances in steps of `stride` neighbouring frames, whose motion is predicted together.

    The cost of a step does not depend on its number of frames, and motion below 10 Hz does not need 100 steps per second.
    """

    values: Tensor  # (B, steps, (2 context + stride) D): the frames of each step and their neighbours
    lengths: Tensor  # (B,) steps
    late: int  # frames by which the first step starts before the first frame
    total: int  # frames, padding included

    @classmethod
    def of(cls, acoustics: Tensor, lengths: Tensor, context: int, stride: int, *, late: bool) -> Self:
        """Group frames (B, T, D) into steps; `late` draws the start of the first step at random, for training."""
        shift = int(torch.randint(stride, ())) if late else 0
        acoustics = torch.cat([acoustics[:, :1].expand(-1, shift, -1), acoustics], 1)
        steps = (lengths + shift + stride - 1).div(stride, rounding_mode="floor")
        return cls(stack_context(acoustics, lengths + shift, context, stride), steps, shift, acoustics.shape[1])

    def frames(self, motion: Tensor) -> Tensor:
        """Ungroup motion: (B, steps, stride * 18) -> (B, T, 18)."""
        return motion.view(len(motion), -1, len(CHANNELS))[:, self.late : self.total]


class Smoothing(nn.Module):
    """A zero-phase windowed-sinc low-pass over time, with half amplitude at the cut-off.

    Near the ends of an utterance, the weights that lie inside are rescaled to a sum of 1, so that a constant remains constant.
    `fixed` uses one cut-off; `learned` starts from it and learns one for each channel.
    """

    def __init__(self, kind: Literal["fixed", "learned"], cutoff: float, rate: float) -> None:
        """Make the filter; `cutoff` and frame `rate` in Hz."""
        super().__init__()
        self.taps = math.ceil(_REACH * rate / cutoff)  # on each side of the centre
        share = min(max(cutoff / rate, _SLOWEST + 1e-3), _FASTEST - 1e-3)
        position = (share - _SLOWEST) / (_FASTEST - _SLOWEST)
        channels = len(CHANNELS) if kind == "learned" else 1
        logit = torch.full((channels,), math.log(position / (1 - position)))
        if kind == "learned":
            self.logit = nn.Parameter(logit)
        else:
            self.register_buffer("logit", logit, persistent=False)

    def kernel(self) -> Tensor:
        """Return the weights (channels or 1, 2 taps + 1); they sum to 1."""
        share = _SLOWEST + (_FASTEST - _SLOWEST) * torch.sigmoid(self.logit.float())
        time = torch.arange(-self.taps, self.taps + 1, device=share.device)
        window = 0.54 + 0.46 * torch.cos(torch.pi * time / (self.taps + 1))
        weights = torch.sinc(2 * share[:, None] * time) * window
        return weights / weights.sum(1, keepdim=True)

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Filter (B, T, 18); float32, 0 in padding."""
        kernel, count, frames = self.kernel(), *values.shape[:2]
        mask = frame_mask(lengths, frames).float()
        inside = functional.conv1d(mask[:, None], kernel[:, None], padding=self.taps)  # (B, channels or 1, T)
        series = (values.float() * mask[..., None]).transpose(1, 2)
        if len(kernel) == 1:
            flat = series.reshape(count * values.shape[2], 1, frames)
            smooth = functional.conv1d(flat, kernel[:, None], padding=self.taps).view(series.shape)
        else:
            smooth = functional.conv1d(series, kernel[:, None], padding=self.taps, groups=len(kernel))
        return (smooth / inside.clamp(min=1e-2)).transpose(1, 2) * mask[..., None]

    def draw(self, graph: Graph, values: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        channels, ends = len(CHANNELS), [self.taps, self.taps]
        kernel = self.kernel().expand(channels, -1)[:, None]
        series = graph.op("Transpose", values, perm=[0, 2, 1])
        smooth = graph.op("Conv", series, graph.constant(kernel), group=channels, pads=ends)
        inside = graph.op("Conv", graph.ones(values), graph.constant(kernel), pads=ends)
        return graph.op("Transpose", graph.op("Div", smooth, inside), perm=[0, 2, 1])


class Plain(nn.Module):
    """No smoothing."""

    def forward(self, values: Tensor, _: Tensor) -> Tensor:
        """Return the values (B, T, 18) unchanged, as float32."""
        return values.float()

    def draw(self, _: Graph, values: str) -> str:
        """Return the values; see `artinv.learn.graph`."""
        return values


def smoothing(kind: Literal["fixed", "learned", "none"], cutoff: float, rate: float) -> nn.Module:
    """Return the layer that follows a readout; cut-off and frame rate in Hz."""
    return Plain() if kind == "none" else Smoothing(kind, cutoff, rate)


def dense(widths: list[int]) -> nn.Sequential:
    """Return linear layers of these widths, each followed by a ReLU."""
    return nn.Sequential(*(layer for n_in, n_out in pairwise(widths) for layer in (nn.Linear(n_in, n_out), nn.ReLU())))


def draw_dense(graph: Graph, layers: nn.Sequential, values: str) -> str:
    """Add the nodes of the layers that `dense` made; see `artinv.learn.graph`."""
    for layer in layers:
        values = graph.linear(values, layer.weight, layer.bias) if isinstance(layer, nn.Linear) else graph.op("Relu", values)
    return values
