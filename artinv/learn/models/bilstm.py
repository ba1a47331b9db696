"""Dense layers, bidirectional LSTM layers over time, a linear readout and a low-pass: the usual baseline."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.core.channels import CHANNELS
from artinv.learn.graph import Graph
from artinv.learn.layers import Steps, dense, draw_dense, reverse, smoothing
from artinv.runtime.params import Params


class Sizes(Params):
    """Parameters of the model."""

    section: ClassVar[str] = "models.bilstm"
    context: int = Field(ge=0, le=100)  # neighbouring frames on each side in the input of the first dense layer
    dense: int = Field(ge=1, le=8192)  # width of the dense layers
    dense_layers: int = Field(ge=1, le=32)
    width: int = Field(ge=1, le=8192)  # of each LSTM direction
    layers: int = Field(ge=1, le=32)
    dropout: float = Field(default=0.0, ge=0, lt=1)  # dropout probability of the input of each LSTM layer in training
    smoothing: Literal["fixed", "learned", "none"]
    cutoff: float = Field(gt=0)  # Hz, of the low-pass after the readout


class Bidirectional(nn.Module):
    """Two LSTMs, one forwards and one backwards in time, with concatenated outputs.

    The second processes each utterance reversed within its own length, so that padding comes last for both and has no influence
    on a real frame. This is exact, and on a CPU the backward pass is many times faster than with packed sequences.
    """

    def __init__(self, n_in: int, width: int) -> None:
        """Draw initial weights."""
        super().__init__()
        self.forwards = nn.LSTM(n_in, width, batch_first=True)
        self.backwards = nn.LSTM(n_in, width, batch_first=True)

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Map (B, T, n_in) to (B, T, 2 width)."""
        ahead, _ = self.forwards(values)
        back, _ = self.backwards(reverse(values, lengths))
        return torch.cat([ahead, reverse(back, lengths)], -1)

    def draw(self, graph: Graph, values: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        return graph.lstm(values, self.forwards, self.backwards)


class BiLstm(nn.Module):
    """The network of this module, in steps of `stride` frames (`artinv.learn.layers.Steps`)."""

    def __init__(self, sizes: Sizes, n_in: int, rate: float, *, stride: int = 1) -> None:
        """Draw initial weights."""
        super().__init__()
        self.context, self.stride = sizes.context, stride
        self.dropout = nn.Dropout(sizes.dropout)
        self.dense = dense([n_in * (2 * sizes.context + stride), *[sizes.dense] * sizes.dense_layers])
        inputs = [sizes.dense, *[2 * sizes.width] * (sizes.layers - 1)]
        self.recurrent = nn.ModuleList(Bidirectional(width, sizes.width) for width in inputs)
        self.readout = nn.Linear(2 * sizes.width, stride * len(CHANNELS))
        self.smoothing = smoothing(sizes.smoothing, sizes.cutoff, rate)

    def forward(self, acoustics: Tensor, lengths: Tensor) -> Tensor:
        """Map acoustics (B, T, D) to trajectories (B, T, 18)."""
        steps = Steps.of(acoustics, lengths, self.context, self.stride, late=self.training)
        values = self.dense(steps.values)
        for layer in self.recurrent:
            values = layer(self.dropout(values), steps.lengths)
        return self.smoothing(steps.frames(self.readout(values)), lengths)

    def draw(self, graph: Graph, acoustics: str) -> str:
        """Add the nodes of `forward`; see `artinv.learn.graph`."""
        values = draw_dense(graph, self.dense, graph.windows(acoustics, self.context, self.stride))
        for layer in self.recurrent:
            values = graph.draw(layer, values)
        motion = graph.ungrouped(graph.linear(values, self.readout.weight, self.readout.bias), acoustics)
        return graph.draw(self.smoothing, motion)


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return BiLstm(sizes, n_in, rate)
