"""What the models share: masks, turning an utterance around, and the low-pass behind the readout.

Everything here takes `lengths` (B,), the number of real frames of each utterance of a padded batch, and lets neither padding
nor another utterance into a real frame.
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

_REACH = 2  # periods of the cut-off frequency to either side that the low-pass looks at
_SLOWEST, _FASTEST = 0.02, 0.45  # of the frame rate, the range of a learned cut-off


def frame_mask(lengths: Tensor, frames: int) -> Tensor:
    """(B,) -> (B, T) bool, True for real frames."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


def reverse(values: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, D) with the real frames of each utterance in reverse order; padding stays where it is."""
    return _Reverse.apply(values, lengths)


class _Reverse(torch.autograd.Function):
    """A permutation that is its own inverse, so its gradient is the same gather: exact, fast, deterministic everywhere."""

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, values: Tensor, lengths: Tensor) -> Tensor:
        """Gather the frames backwards."""
        context.save_for_backward(lengths)
        return _reversed(values, lengths)

    @staticmethod
    def backward(context: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        """Gather the gradients backwards."""
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
    """`stride` neighbouring frames taken together as one step, whose motion is said at once.

    A step costs the same however many frames it stands for, and motion below 10 Hz needs no hundred steps a second.
    """

    values: Tensor  # (B, steps, (2 context + stride) D): the frames of each step beside their neighbours
    lengths: Tensor  # (B,) steps
    late: int  # frames by which the first step begins before the first frame
    total: int  # frames, padding included

    @classmethod
    def of(cls, acoustics: Tensor, lengths: Tensor, context: int, stride: int, *, late: bool) -> Self:
        """(B, T, D) in steps; `late` draws where the first one begins, so that in training steps learn to begin anywhere."""
        shift = int(torch.randint(stride, ())) if late else 0
        acoustics = torch.cat([acoustics[:, :1].expand(-1, shift, -1), acoustics], 1)
        steps = (lengths + shift + stride - 1).div(stride, rounding_mode="floor")
        return cls(stack_context(acoustics, lengths + shift, context, stride), steps, shift, acoustics.shape[1])

    def frames(self, motion: Tensor) -> Tensor:
        """(B, steps, stride * 18) -> (B, T, 18)."""
        return motion.view(len(motion), -1, len(CHANNELS))[:, self.late : self.total]


class Smoothing(nn.Module):
    """A zero-phase windowed-sinc low-pass over time, half amplitude at the cut-off.

    Near the ends of an utterance the filter is rescaled to the part of it that lies inside, so that a constant stays that
    constant up to its first and last frame. `learned` starts from the same cut-off and learns one for each channel.
    """

    def __init__(self, kind: Literal["fixed", "learned"], cutoff: float, rate: float) -> None:
        """Cut-off and frame rate in Hz."""
        super().__init__()
        self.taps = math.ceil(_REACH * rate / cutoff)  # to either side
        share = min(max(cutoff / rate, _SLOWEST + 1e-3), _FASTEST - 1e-3)
        position = (share - _SLOWEST) / (_FASTEST - _SLOWEST)
        channels = len(CHANNELS) if kind == "learned" else 1
        logit = torch.full((channels,), math.log(position / (1 - position)))
        if kind == "learned":
            self.logit = nn.Parameter(logit)
        else:
            self.register_buffer("logit", logit, persistent=False)

    def kernel(self) -> Tensor:
        """(channels or 1, 2 taps + 1) weights that sum to 1."""
        share = _SLOWEST + (_FASTEST - _SLOWEST) * torch.sigmoid(self.logit.float())
        time = torch.arange(-self.taps, self.taps + 1, device=share.device)
        window = 0.54 + 0.46 * torch.cos(torch.pi * time / (self.taps + 1))
        weights = torch.sinc(2 * share[:, None] * time) * window
        return weights / weights.sum(1, keepdim=True)

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, 18) -> (B, T, 18) float32, 0 in padding."""
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


class Plain(nn.Module):
    """No smoothing: the values as they are."""

    def forward(self, values: Tensor, _: Tensor) -> Tensor:
        """(B, T, 18) -> (B, T, 18) float32."""
        return values.float()


def smoothing(kind: Literal["fixed", "learned", "none"], cutoff: float, rate: float) -> nn.Module:
    """The layer behind a readout; cut-off and frame rate in Hz."""
    return Plain() if kind == "none" else Smoothing(kind, cutoff, rate)


def dense(widths: list[int]) -> nn.Sequential:
    """Linear layers from width to width, a ReLU behind each."""
    return nn.Sequential(*(layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.ReLU())))
