"""Recurrent decoder: layers of LSTM and a linear readout; both directions if it need not be causal."""

from pydantic import Field
from torch import Tensor, nn

from artinv.neural.layout import Layout
from artinv.runtime.params import Params

State = tuple[Tensor, Tensor]


class Sizes(Params):
    """Parameters of the decoder."""

    layers: int = Field(ge=1, le=16)
    width: int = Field(ge=1, le=4096)  # of each direction
    dropout: float = Field(ge=0, lt=1)  # dropout probability between layers


class Lstm(nn.Module):
    """The network of this module."""

    grid = 1

    def __init__(self, sizes: Sizes, electrodes: int, outputs: int, causal: bool) -> None:
        """Draw initial weights."""
        super().__init__()
        self.reach, self.ahead = None, 0 if causal else None
        dropout = sizes.dropout if sizes.layers > 1 else 0.0
        self.layers = nn.LSTM(
            electrodes, sizes.width, sizes.layers, batch_first=True, dropout=dropout, bidirectional=not causal,
        )
        self.readout = nn.Linear(sizes.width * (1 if causal else 2), outputs)

    def forward(self, signals: Tensor) -> Tensor:
        """Map signals (B, T, E) to outputs (B, T, P)."""
        return self.readout(self.layers(signals)[0])

    def resume(self, signals: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return the outputs of signals that follow those after which the state was returned, and the state after them."""
        values, after = self.layers(signals, state)
        return self.readout(values), after


def build(sizes: Sizes, layout: Layout, outputs: int, causal: bool) -> nn.Module:
    """Return the network; see `artinv.neural.decoders`."""
    return Lstm(sizes, len(layout.places), outputs, causal)
