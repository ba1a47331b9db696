"""The BiLSTM in steps of several frames: equal accuracy in a fraction of the time, so that more epochs are affordable."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from artinv.learn.models import bilstm


class Sizes(bilstm.Sizes):
    """Parameters of the model."""

    section: ClassVar[str] = "models.strided"
    stride: int = Field(ge=1, le=100)  # frames per step


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """Return the network; see `artinv.learn.models`."""
    return bilstm.BiLstm(sizes, n_in, rate, stride=sizes.stride)
