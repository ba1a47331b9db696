"""Records of the neighbour `neural`: a recording of the brain with its sound, its trials, and the truth of a simulated one."""

from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.runtime.errors import BadData

RATE = 125.0
"""Frames per second of the signals, Hz."""

SOUND_RATE = 16_000
"""Samples per second of the sound, Hz."""

SAMPLES = 128
"""Samples of sound per frame."""

ROLES = ("motor", "auditory", "rest")
"""What the signal of a simulated electrode follows: the trajectories, the sound, nothing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A spoken word: which word, which take of it, and its frames."""

    word: str
    take: int  # 0, 1, ...; counts the trials of this word in their order
    start: int  # first frame
    end: int  # frame after the last one

    def __post_init__(self) -> None:
        """Reject a trial without frames."""
        if not 0 <= self.start < self.end:
            raise BadData(f"trial '{self.word}' {self.take}: frames {self.start} to {self.end}; a trial needs a frame")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """High-gamma envelopes of one subject, the sound of the same time, and the trials in order of time."""

    subject: str
    signals: np.ndarray  # (T, E) float32, envelopes at `rate`, not standardized; frame t lies at t / rate
    sound: np.ndarray  # (N,) float32 at `sound_rate`
    trials: tuple[Trial, ...]
    places: np.ndarray | None  # (E, 2) int32, row and column of each electrode on the grid; None: no grid
    channels: tuple[str, ...]  # E names
    bad: tuple[int, ...] = ()  # numbers of electrodes that are marked as bad
    rate: float = RATE  # Hz
    sound_rate: int = SOUND_RATE  # Hz

    def __post_init__(self) -> None:
        """Reject wrong shapes, types and values."""
        count = self.signals.shape[-1]
        fits = self.signals.ndim == 2 and self.signals.dtype == np.float32
        self._check(fits and self.signals.size > 0, "signals are not (T, E) float32 with a frame and an electrode")
        self._check(self.sound.ndim == 1 and self.sound.dtype == np.float32, "sound is not (N,) float32")
        self._check(bool(np.isfinite(self.sound).all()), "sound holds values that are not numbers")
        self._check(bool(np.isfinite(self.signals).all()), "signals hold values that are not numbers")
        self._check(self.rate == RATE and self.sound_rate == SOUND_RATE, f"rates are not {RATE:g} and {SOUND_RATE} Hz")
        self._check(len(self.channels) == len(set(self.channels)) == count, "channels are not one name for each electrode")
        self._check(all(0 <= electrode < count for electrode in self.bad), "bad names an electrode that is not there")
        self._check(self.places is None or self.places.shape == (count, 2), "places are not (E, 2)")
        self._check(all(trial.end <= self.frames for trial in self.trials), "a trial ends after the signals")
        takes = [(trial.word, trial.take) for trial in self.trials]
        self._check(len(takes) == len(set(takes)), "two trials are the same take of a word")

    def _check(self, passed: bool, fault: str) -> None:
        if not passed:
            raise BadData(f"recording '{self.subject}': {fault}; correct the file that it was read from")

    @property
    def frames(self) -> int:
        """Return the number of frames."""
        return len(self.signals)

    @property
    def words(self) -> tuple[str, ...]:
        """Return the different words, in alphabetical order."""
        return tuple(sorted({trial.word for trial in self.trials}))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a simulated recording was made of."""

    role: tuple[str, ...]  # one of ROLES for each electrode
    trajectories: np.ndarray  # (T, 18) float32 in the units of artinv.core.channels, at RATE
    phones: tuple[Label, ...]  # times in s from the start of the recording

    def __post_init__(self) -> None:
        """Reject wrong shapes, types and values."""
        shape_fits = self.trajectories.ndim == 2 and self.trajectories.shape[1] == len(CHANNELS)
        if not shape_fits or self.trajectories.dtype != np.float32 or not set(self.role) <= set(ROLES):
            raise BadData("truth of a simulated recording: wrong roles or trajectories; simulate the recording again")
