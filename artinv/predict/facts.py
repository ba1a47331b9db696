"""What a model file states about its network, in each of the two formats (safetensors for training, ONNX for use)."""

from typing import Literal

from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

VERSION = 1

KEY = "artinv"
"""Name of the only entry of a file's metadata."""


class Facts(Params):
    """Facts about a network and its training."""

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    model: str  # a name in artinv.learn.models
    n_in: int = Field(ge=1, le=100_000)  # acoustic values a frame
    rate: float = Field(gt=0, le=16_000, allow_inf_nan=False)  # Hz, frame rate
    channels: list[str]
    features: dict  # the parameters of the acoustic features
    normalization: Literal["speaker", "utterance"] = "speaker"  # whose mean and standard deviation normalize the acoustics
    provenance: dict[str, str] = Field(default_factory=dict)  # origin of the training speakers, split, seed

    def check_channels(self) -> None:
        """Reject the channels of another version of this project."""
        if tuple(self.channels) != CHANNELS:
            raise BadData(f"its channels are not {CHANNELS}")
