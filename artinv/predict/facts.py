"""What a model file states about its network, in each of the two formats (safetensors for training, ONNX for use)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from artinv.core.channels import CHANNELS
from artinv.core.sources import Source
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

VERSION = 1

KEY = "artinv"
"""Name of the only entry of a file's metadata."""


class Facts(Params):
    """Facts about a network and its training."""

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    model: str  # a name in artinv.learn.models
    n_in: int = Field(ge=1, le=100_000)  # values a frame: acoustics, then evidence
    rate: float = Field(gt=0, le=16_000, allow_inf_nan=False)  # Hz, frame rate
    channels: list[str]
    features: dict  # the parameters of the acoustic features
    normalization: Literal["speaker", "utterance"] = "speaker"  # whose mean and standard deviation normalize the acoustics
    provenance: dict[str, str] = Field(default_factory=dict)  # origin of the training speakers, split, seed

    evidence: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)  # kind -> values a frame; see artinv.phones
    # where the phones in training came from; empty: no evidence, or known and recognized phones blended, also without sound
    source: Source = ""

    @property
    def recognizable(self) -> tuple[str, ...]:
        """Return the kinds of evidence that a recognizer may supply; a model that was trained on known phones alone has none."""
        return tuple(self.evidence) if self.source in ("", "recognized") else ()

    @property
    def acoustic_values(self) -> int:
        """Return the number of acoustic values a frame."""
        return self.n_in - sum(self.evidence.values())

    @model_validator(mode="after")
    def _has_acoustics(self) -> "Facts":
        if self.acoustic_values < 1:
            raise ValueError("evidence leaves no acoustic values")
        return self

    def check_channels(self) -> None:
        """Reject the channels of another version of this project."""
        if tuple(self.channels) != CHANNELS:
            raise BadData(f"its channels are not {CHANNELS}")
