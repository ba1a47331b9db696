"""The BiLSTM in steps of several frames: as accurate for a fraction of the time, which longer training turns into accuracy."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from artinv.learn.models import bilstm


class Sizes(bilstm.Sizes):
    """What there is to choose."""

    section: ClassVar[str] = "models.strided"
    stride: int = Field(ge=1, le=100)  # frames a step


def build(sizes: Sizes, n_in: int, rate: float) -> nn.Module:
    """The network; see `artinv.learn.models`."""
    return bilstm.BiLstm(sizes, n_in, rate, stride=sizes.stride)
