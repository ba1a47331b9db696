"""Linear decoder: ridge regression on the signals at several lags, solved in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.neural.layers import Convolution
from artinv.neural.layout import Layout
from artinv.runtime.params import Params

PENALTIES = tuple(10.0 ** power for power in range(-5, 2))
"""Penalties that are tried, relative to the mean variance of the regressors."""


class Sizes(Params):
    """Parameters of the decoder."""

    lags: int = Field(ge=1, le=256)  # number of lags of each electrode
    step: int = Field(ge=1, le=64)  # frames between lags


@dataclass(frozen=True, slots=True)
class Part:
    """Frames to fit or to validate on."""

    signals: Tensor  # (T, E)
    targets: Tensor  # (T, P)
    known: Tensor  # (T, P) bool


class Ridge(nn.Module):
    """The decoder of this module."""

    grid = 1

    def __init__(self, sizes: Sizes, electrodes: int, outputs: int, causal: bool) -> None:
        """Start from weights of 0."""
        super().__init__()
        self.lagged = Convolution(electrodes, outputs, sizes.lags, causal=causal, dilation=sizes.step)
        self.reach, self.ahead = self.lagged.span.back, self.lagged.span.ahead
        self.step, self.lags = sizes.step, sizes.lags
        for value in self.parameters():
            nn.init.zeros_(value)

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        return self.lagged(signals.transpose(1, 2)).transpose(1, 2)

    @torch.no_grad()
    def fit(self, train: Sequence[Part], valid: Sequence[Part]) -> float:
        """Solve for the weights with the penalty that leaves the least squared error on `valid`; return that error.

        The parts are standardized: outputs of unknown frames count as 0, their mean. The penalty holds for the difference from the
        weights before, which are 0 unless the decoder has learned from other subjects.
        """
        before = torch.cat([self.lagged.layer.weight.flatten(1).T, self.lagged.layer.bias[None]]).double()
        gram, moment = self._sums(train)
        moment -= gram @ before
        scale, identity = gram.diagonal().mean(), torch.eye(len(gram), dtype=gram.dtype)
        best = float("inf"), gram.new_zeros(moment.shape)
        for penalty in PENALTIES:
            weights = before + torch.linalg.solve(gram + penalty * scale * identity, moment)
            self._set(weights)
            best = min(best, (self._error(valid), weights), key=lambda pair: pair[0])
        self._set(best[1])
        return best[0]

    def _sums(self, parts: Sequence[Part]) -> tuple[Tensor, Tensor]:
        """Return the products of all regressors, and those with the outputs."""
        size = self.lagged.layer.weight[0].numel() + 1
        outputs = len(self.lagged.layer.weight)
        gram, moment = (torch.zeros(size, width, dtype=torch.float64) for width in (size, outputs))
        for part in parts:
            rows = self._regressors(part.signals)
            gram += (rows.T @ rows).double()
            moment += (rows.T @ torch.where(part.known, part.targets, 0.0)).double()
        return gram, moment

    def _regressors(self, signals: Tensor) -> Tensor:
        """Return the signals at all lags and a constant, (T, E lags + 1), in the order of the weights."""
        before, after = self.lagged.ends
        padded = nn.functional.pad(signals, (0, 0, before, after))
        lagged = [padded[self.step * lag:][: len(signals)] for lag in range(self.lags)]
        return torch.cat([torch.stack(lagged, -1).flatten(1), signals.new_ones(len(signals), 1)], 1)

    def _set(self, weights: Tensor) -> None:
        self.lagged.layer.weight.copy_(weights[:-1].T.unflatten(1, self.lagged.layer.weight.shape[1:]))
        self.lagged.layer.bias.copy_(weights[-1])

    def _error(self, parts: Sequence[Part]) -> float:
        total, count = 0.0, 0
        for part in parts:
            error = (self(part.signals[None])[0] - part.targets).square()
            total, count = total + float(error[part.known].double().sum()), count + int(part.known.sum())
        return total / max(count, 1)


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the decoder; see `artinv.neural.decoders`."""
    return Ridge(sizes, len(layout.places), outputs, causal)
