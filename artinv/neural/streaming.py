"""Decode signals as they arrive, with a causal decoder."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from artinv.neural.decoder import Decoder
from artinv.neural.drift import DriftStream
from artinv.neural.model import NeuralModel
from artinv.runtime.errors import BadData


class ModelStream:
    """Estimate the targets of a model from envelopes as they arrive; equal to those of the whole recording, up to rounding."""

    def __init__(self, model: NeuralModel, bad: tuple[int, ...] = ()) -> None:
        """Take a causal model and the numbers of the electrodes that are bad in this recording."""
        self.model, self.bad = model, list(bad)
        self.stream, self.drift = Stream(model.weights), DriftStream(model.drift, len(model.channels))

    def push(self, envelopes: np.ndarray) -> np.ndarray:
        """Return values (K, P) in the units of the target for as many further frames as new envelopes (C, E) float32 allow.

        Envelopes that are not numbers are rejected, because they would stay in the mean of the drift.
        """
        names = self.model.channels
        if envelopes.ndim != 2 or envelopes.shape[1] != len(names):
            raise BadData(f"envelopes of shape {envelopes.shape}: expected a column for each of {len(names)} electrodes")
        kept = envelopes.copy()
        kept[:, self.bad] = 0
        if not np.isfinite(kept).all():
            name = names[int(np.flatnonzero(~np.isfinite(kept).all(0))[0])]
            raise BadData(f"envelopes of electrode {name} hold values that are not numbers; replace them, or name it as bad")
        signals = self.model.electrodes.apply(self.drift.push(kept))
        signals[:, self.bad] = 0
        return self._physical(self.stream.push(torch.from_numpy(signals)))

    def close(self) -> np.ndarray:
        """Return the values of the last frames, for which later signals are missing."""
        return self._physical(self.stream.close(len(self.model.channels)))

    def _physical(self, values: Tensor) -> np.ndarray:
        shaped = values if len(values) else values.new_zeros(0, len(self.model.names))
        return self.model.scale.physical(shaped.float().numpy())


class Stream:
    """Decode standardized signals as they arrive; the outputs are those of the whole recording, up to rounding.

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
