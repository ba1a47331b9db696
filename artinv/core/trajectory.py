"""The result of inversion: articulator trajectories with their frame rate, units and provenance."""

from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.runtime.errors import BadData


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """18 trajectories estimated from one sound; frame k is at the time k / rate from the start of the sound."""

    name: str  # of the sound file, without folder and extension
    rate: float  # Hz, frame rate
    motion: np.ndarray  # (frames, 18) float32, mm, in the frame of artinv.core.channels; ttcl and tbcl without unit
    margin: np.ndarray | None = None  # (frames, 18) float32, same units: motion - margin to motion + margin is the interval
    level: float = 0.9  # nominal coverage of the interval: the proportion of true values that it contains
    model: str = ""  # kind of network and the first 12 hex digits of the SHA-256 of its file
    trained_on: str = ""  # origin of the model's training speakers: real, synthetic or mixed
    speaker: str = ""  # whose statistics give the millimetres: "average training speaker", or a file or folder

    def __post_init__(self) -> None:
        """Reject wrong shapes and types, a rate that is not positive and negative margins."""
        fits = self.motion.ndim == 2 and self.motion.shape[1] == len(CHANNELS) and self.motion.dtype == np.float32
        if not fits or not self.rate > 0:
            raise BadData(f"{self.name}: a trajectory is (frames, {len(CHANNELS)}) float32 at a rate above 0 Hz")
        if self.margin is not None and (self.margin.shape != self.motion.shape or not (self.margin >= 0).all()):
            raise BadData(f"{self.name}: an interval has a margin of at least 0 for each value of the motion")

    @property
    def times(self) -> np.ndarray:
        """Return the time of each frame, (frames,) float64, s."""
        return np.arange(len(self.motion)) / self.rate
