"""What inversion gives: how the mouth moved, with its clock, its units and where it comes from."""

from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.runtime.errors import BadData


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """18 trajectories inferred from one sound; frame k stands for the time k / rate from the start of the sound."""

    name: str  # of the sound, without folder and ending
    rate: float  # Hz, frames
    motion: np.ndarray  # (frames, 18) float32, mm, in the frame of artinv.core.channels; ttcl and tbcl without unit
    margin: np.ndarray | None = None  # (frames, 18) float32, same units: motion - margin to motion + margin is the interval
    level: float = 0.9  # share of true values that the interval is meant to hold
    model: str = ""  # kind of network and the first 12 hex digits of its file's SHA-256
    trained_on: str = ""  # origin of the model's training speakers: real, synthetic or mixed
    speaker: str = ""  # whose statistics give the millimetres: "average training speaker", or a file or folder

    def __post_init__(self) -> None:
        """Refuse what no reader of it could use."""
        fits = self.motion.ndim == 2 and self.motion.shape[1] == len(CHANNELS) and self.motion.dtype == np.float32
        if not fits or not self.rate > 0:
            raise BadData(f"{self.name}: a trajectory is (frames, {len(CHANNELS)}) float32 at a rate above 0 Hz")
        if self.margin is not None and (self.margin.shape != self.motion.shape or not (self.margin >= 0).all()):
            raise BadData(f"{self.name}: an interval has a margin of at least 0 for each value of the motion")

    @property
    def times(self) -> np.ndarray:
        """(frames,) float64, s."""
        return np.arange(len(self.motion)) / self.rate
