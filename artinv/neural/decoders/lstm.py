"""Recurrent decoder: layers of LSTM beside a linear path; both directions if it need not be causal.

The linear path is a ridge regression on lagged signals, solved in closed form. The recurrent layers start from an output of 0 and
learn what it leaves: where noise is strong, they do not fall behind it.
"""

from pydantic import Field
from torch import Tensor, cat, nn

from artinv.neural.decoders import ridge
from artinv.neural.layout import Layout
from artinv.runtime.params import Params

State = tuple[tuple[Tensor, Tensor], Tensor]
"""The state of the layers, and the signals (B, reach, E) that the linear path still needs."""


class Sizes(Params):
    """Parameters of the decoder."""

    layers: int = Field(ge=1, le=16)
    width: int = Field(ge=1, le=4096)  # of each direction
    dropout: float = Field(ge=0, lt=1)  # dropout probability between layers
    silenced: float = Field(ge=0, lt=1)  # dropout probability of whole electrodes of a window, for the recurrent layers
    lags: int = Field(ge=1, le=256)  # of the linear path
    step: int = Field(ge=1, le=64)  # frames between lags


class Lstm(nn.Module):
    """The network of this module."""

    grid = 1

    def __init__(self, sizes: Sizes, electrodes: int, outputs: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.reach, self.ahead = None, 0 if causal else None
        self.linear = ridge.Ridge(ridge.Sizes(lags=sizes.lags, step=sizes.step), electrodes, outputs, causal)
        dropout = sizes.dropout if sizes.layers > 1 else 0.0
        self.silence = nn.Dropout1d(sizes.silenced)
        self.layers = nn.LSTM(
            electrodes, sizes.width, sizes.layers, batch_first=True, dropout=dropout, bidirectional=not causal,
        )
        self.readout = nn.Linear(sizes.width * (1 if causal else 2), outputs)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        heard = self.silence(signals.transpose(1, 2)).transpose(1, 2)
        return self.linear(signals) + self.readout(self.layers(heard)[0])

    def resume(self, signals: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return the outputs of signals that follow those after which the state was returned, and the state after them."""
        inner, kept = (None, signals[:, :0]) if state is None else state
        values, after = self.layers(signals, inner)
        joined = cat([kept, signals], 1)
        linear = self.linear(joined)[:, kept.shape[1]:]
        return linear + self.readout(values), (after, joined[:, max(0, joined.shape[1] - self.linear.reach):])


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the network; see `artinv.neural.decoders`."""
    return Lstm(sizes, len(layout.places), outputs, causal)
