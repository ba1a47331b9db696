"""A decoder with a mode: which part of the signals an output may depend on, and by how many frames it may exceed that part.

| mode | an output depends on signals |
|---|---|
| causal | up to its own frame and `latency` frames after it |
| anticausal | from its own frame and `latency` frames before it on: the mirror image, which shows what feedback alone carries |
| non-causal | on both sides |
"""

from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.neural import decoders
from artinv.neural.layout import Layout
from artinv.runtime.params import Params

Mode = Literal["causal", "anticausal", "non-causal"]

MODES: tuple[Mode, ...] = get_args(Mode)

PIECE = 37_500
"""Frames that are decoded at a time, 5 minutes; memory does not grow with the recording."""


class Decoder(nn.Module):
    """A network of the registry in one of the modes."""

    def __init__(self, core: nn.Module, mode: Mode, latency: int = 0) -> None:
        """Take a network; `latency` in frames has no meaning in the mode non-causal."""
        super().__init__()
        self.core: Any = core
        self.mode, self.shift = mode, 0 if mode == "non-causal" else latency

    @property
    def latency(self) -> int | None:
        """Return the declared latency in frames; None: an output may depend on all signals."""
        return self.core.ahead if self.mode == "non-causal" else self.shift

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        return self.turned(self.core(self.entered(signals)))

    def whole(self, signals: Tensor, piece: int = PIECE) -> Tensor:
        """Return the outputs (T, P) of signals (T, E) of any length: in pieces, if what an output depends on is limited."""
        entered = self.entered(signals[None])
        reach, ahead, grid = self.core.reach, self.core.ahead, self.core.grid
        if reach is None or ahead is None or len(signals) <= piece:
            return self.turned(self.core(entered))[0]
        size, before = -(-piece // grid) * grid, -(-reach // grid) * grid
        parts = []
        for start in range(0, len(signals), size):
            first = max(0, start - before)
            values = self.core(entered[:, first:start + size + ahead])
            parts.append(values[:, start - first:][:, :size])
        return self.turned(torch.cat(parts, 1))[0]

    def entered(self, signals: Tensor) -> Tensor:
        """Return what the network sees: signals earlier by the latency, reversed in time if anticausal."""
        signals = self.turned(signals)
        shift = min(self.shift, signals.shape[1])
        return functional.pad(signals[:, shift:], (0, 0, 0, shift)) if shift else signals

    def turned(self, values: Tensor) -> Tensor:
        """Return values (B, T, D) in the direction of the network, and back."""
        return values.flip(1) if self.mode == "anticausal" else values


def build(name: str, sizes: Params, layout: Layout, outputs: int, *, mode: Mode, latency: int = 0) -> Decoder:
    """Return a decoder with initial weights from torch's global random generator."""
    return Decoder(decoders.build(name, sizes, layout, outputs, causal=mode != "non-causal"), mode, latency)
