"""Scene: the sound and motion of one utterance, as the player page and the still image show them."""

from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.measure.metrics import pearson
from artinv.runtime.errors import BadData
from artinv.show.view import words

LONGEST = 300.0
"""Maximum length of a sound in s; the page of a longer sound would be too large to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A sound with its measured motion, predicted motion or both; all times start with the sound."""

    name: str  # file name, or corpus/speaker/name
    text: str = ""  # transcript, if known
    sound: np.ndarray  # (samples,) float32 in [-1, 1]
    sound_rate: int  # Hz
    phones: tuple[Label, ...] = ()
    measured: Trajectory | None = None
    predicted: Trajectory | None = None
    palate: np.ndarray  # (points, 2) mm, of the speaker, from the rear to the front; empty: a typical one is drawn
    palate_note: str = ""  # source of the palate
    origin: str = ""  # of the recording: real, synthetic, or empty if unknown
    notes: tuple[str, ...] = ()  # remarks for the reader
    phone_source: str = ""  # of the phones that the model used, such as the name of a file; empty for none
    phone_manner: str = ""  # how the model knew them: given, aligned or recognized; empty for none

    def __post_init__(self) -> None:
        """Reject a scene that a page cannot show."""
        if not self.motions:
            raise BadData(f"{self.name}: neither measured nor predicted motion; nothing to show")
        if self.seconds > LONGEST:
            raise BadData(f"{self.name}: lasts {self.seconds:.0f} s, longer than the limit of {LONGEST:.0f} s; cut the sound")

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.sound) / self.sound_rate

    @property
    def motions(self) -> dict[str, Trajectory]:
        """Available motions by kind."""
        both = {"measured": self.measured, "predicted": self.predicted}
        return {kind: trajectory for kind, trajectory in both.items() if trajectory is not None}

    @property
    def badges(self) -> tuple[str, ...]:
        """Origin of the recording and of the estimate."""
        speech = words.recording(self.origin)
        return (speech,) if self.predicted is None else (speech, words.estimate(self.predicted.trained_on))

    @property
    def model(self) -> str:
        """Accuracy and name of the model, and the speaker whose statistics define the millimetres."""
        if self.predicted is None:
            return "measured motion only"
        name = f"model {self.predicted.model}, in the millimetres of {self.predicted.speaker}"
        return "; ".join(filter(None, (words.accuracy(self.predicted.model, self.phone_manner), name)))

    @property
    def phone_note(self) -> str:
        """Source of the phones that the model used; empty for none."""
        return f"phones: {self.phone_source}" if self.phone_source else ""

    @property
    def correlations(self) -> list[float | None]:
        """Pearson of measured and predicted motion per channel; None if undefined."""
        if self.measured is None or self.predicted is None:
            return [None] * len(CHANNELS)
        truth, guess = self.measured, motion_at(self.predicted, self.measured.times)
        return [float(value) if np.isfinite(value) else None for value in pearson(truth.motion, guess)]


def motion_at(trajectory: Trajectory, times: np.ndarray) -> np.ndarray:
    """Return the motion at `times` in s, (times, 18): linear between frames, constant beyond the ends, NaN in gaps."""
    place = np.clip(np.asarray(times, float) * trajectory.rate, 0, len(trajectory.motion) - 1)
    before = np.floor(place + 1e-9).astype(int)
    share = np.maximum(place - before, 0)[:, None]
    after = np.minimum(before + 1, len(trajectory.motion) - 1)
    start, end = trajectory.motion[before], trajectory.motion[after]
    return np.where(share < 1e-6, start, start * (1 - share) + end * share)
