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


class Stream:
    """Decode signals as they arrive, with a causal decoder; the outputs are those of the whole recording, up to rounding.

    A decoder without a state computes again what an output depends on; that much of the signals is kept.
    """

    def __init__(self, decoder: Decoder) -> None:
        """Take a decoder."""
        if decoder.mode != "causal":
            raise ValueError("only a causal decoder can decode signals as they arrive")
        self.decoder, self.core = decoder.eval(), decoder.core
        self.late = decoder.shift  # frames to leave out
        self.kept = torch.zeros(0)
        self.first = self.done = 0  # frames before those that are kept, and frames that are decoded
        self.state: Any = None

    @torch.inference_mode()
    def push(self, signals: Tensor) -> Tensor:
        """Return outputs (K, P) for as many further frames as new signals (C, E) allow."""
        skipped = min(self.late, len(signals))
        self.late, signals = self.late - skipped, signals[skipped:]
        return self._outputs(signals)

    @torch.inference_mode()
    def close(self, electrodes: int) -> Tensor:
        """Return the outputs of the last frames, for which later signals are missing."""
        return self._outputs(torch.zeros(self.decoder.shift - self.late, electrodes))

    def _outputs(self, signals: Tensor) -> Tensor:
        if not len(signals):
            return torch.zeros(0, 0)
        if self.core.reach is None:
            values, self.state = self.core.resume(signals[None], self.state)
            return values[0]
        self.kept = torch.cat([self.kept, signals]) if len(self.kept) else signals
        values = self.core(self.kept[None])[0][self.done - self.first:]
        self.done += len(signals)
        needless = max(0, self.done - self.core.reach - self.first) // self.core.grid * self.core.grid
        self.kept, self.first = self.kept[needless:], self.first + needless
        return values
