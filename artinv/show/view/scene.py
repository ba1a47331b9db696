"""All that is shown of one utterance."""

from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.measure.metrics import pearson
from artinv.runtime.errors import BadData

LONGEST = 300.0
"""s; a page of a longer sound would be too large to open."""

_WORDS = {"synthetic": "SYNTHETIC", "mixed": "partly SYNTHETIC", "real": "real"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One sound and the motion that belongs to it, measured, predicted or both; all on one clock that starts with the sound."""

    name: str  # of a file, or corpus/speaker/name
    text: str = ""  # what is said, where it is known
    sound: np.ndarray  # (samples,) float32 in [-1, 1]
    sound_rate: int  # Hz
    phones: tuple[Label, ...] = ()
    measured: Trajectory | None = None
    predicted: Trajectory | None = None
    palate: np.ndarray  # (points, 2) mm, from the rear to the front; may be empty
    palate_note: str = ""  # where the palate comes from
    origin: str = ""  # of the recording: real, synthetic, or empty where nobody can tell
    notes: tuple[str, ...] = ()  # what else a reader must know

    def __post_init__(self) -> None:
        """Refuse what no page could show."""
        if not self.lines:
            raise BadData(f"{self.name}: there is neither measured nor predicted motion to show")
        if self.seconds > LONGEST:
            raise BadData(f"{self.name}: lasts {self.seconds:.0f} s, a page holds at most {LONGEST:.0f} s; cut the sound")

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.sound) / self.sound_rate

    @property
    def lines(self) -> dict[str, Trajectory]:
        """The motions there are, by what they are."""
        both = {"measured": self.measured, "predicted": self.predicted}
        return {name: line for name, line in both.items() if line is not None}

    @property
    def badges(self) -> tuple[str, ...]:
        """Origins in words that must not be overlooked."""
        speech = f"{_WORDS[self.origin]} recording" if self.origin else "recording of unknown origin"
        if self.predicted is None:
            return (speech,)
        trained = _WORDS.get(self.predicted.trained_on)
        return speech, f"model trained on {trained} speakers" if trained else "model trained on speakers of unknown origin"

    @property
    def model(self) -> str:
        """Who predicted, and in whose millimetres."""
        if self.predicted is None:
            return "measured motion alone"
        return f"model {self.predicted.model}, in the millimetres of {self.predicted.speaker}"

    @property
    def likeness(self) -> list[float | None]:
        """Pearson of measured and predicted motion per trajectory; None where there is no such number."""
        if self.measured is None or self.predicted is None:
            return [None] * len(CHANNELS)
        truth, guess = self.measured, at(self.predicted, self.measured.times)
        return [float(value) if np.isfinite(value) else None for value in pearson(truth.motion, guess)]


def at(line: Trajectory, times: np.ndarray) -> np.ndarray:
    """(times, 18) its motion at `times` in s, between frames on a straight line, held beyond the ends; NaN where it is lost."""
    place = np.clip(np.asarray(times, float) * line.rate, 0, len(line.motion) - 1)
    before = np.floor(place + 1e-9).astype(int)
    share = np.maximum(place - before, 0)[:, None]
    after = np.minimum(before + 1, len(line.motion) - 1)
    return np.where(share < 1e-6, line.motion[before], line.motion[before] * (1 - share) + line.motion[after] * share)
