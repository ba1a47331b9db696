"""Inversion of sound that arrives in blocks, as from a microphone."""

import numpy as np

from artinv.core.trajectory import Trajectory
from artinv.live.features import Normalizer, Spectrum
from artinv.live.model import LiveModel, load
from artinv.live.resample import Resampler
from artinv.runtime.errors import BadData
from artinv.signal.mfcc import SOUND_RATE

SPEAKER = "average training speaker"
TITLE = "microphone"


class Stream:
    """Feed blocks of sound, get the motion of the mouth; the division into blocks changes no bit.

    >>> stream = Stream(rate=48000)
    >>> stream.add(np.zeros(48000, np.float32)).shape[1], stream.latency < 0.2
    (18, True)
    """

    def __init__(self, model: LiveModel | None = None, rate: int = SOUND_RATE) -> None:
        """Start a stream of one channel at `rate` Hz; without a model, with the one that artinv comes with."""
        self.model = model or load()
        self._resampler = Resampler(rate)
        self._spectrum = Spectrum(self.model.facts.front)
        self._normalizer = Normalizer(self.model.facts.front, self.model.typical)
        self._network = self.model.network()

    @property
    def rate(self) -> float:
        """Return the frames per second; frame k is at the time k / rate from the start of the sound."""
        return float(self.model.facts.front.rate)

    @property
    def latency(self) -> float:
        """Return the longest time in s from a moment of the sound to its motion, without computing."""
        return self.model.latency + self._resampler.delay

    def add(self, block: np.ndarray) -> np.ndarray:
        """Return the motion (frames, 18) float32 in mm of the frames that a block (samples,) in [-1, 1] completes."""
        block = np.asarray(block, np.float64)
        if block.ndim != 1 or not np.isfinite(block).all():
            raise BadData(f"a block of shape {block.shape} is not one channel of finite samples; give (samples,) in [-1, 1]")
        return self._motion(self._spectrum.add(self._resampler.add(block)))

    def end(self) -> np.ndarray:
        """Return the motion of the last frames, when the sound has ended; there are 1 + samples // hop frames altogether."""
        last = self._spectrum.add(self._resampler.end())
        return np.concatenate([self._motion(last), self._motion(self._spectrum.end()), self._in_mm(self._network.end())])

    def _motion(self, decibels: np.ndarray) -> np.ndarray:
        return self._in_mm(self._network.add(self._normalizer.add(decibels)))

    def _in_mm(self, motion: np.ndarray) -> np.ndarray:
        return (motion * self.model.std.astype(float) + self.model.mean).astype(np.float32)


def invert(sound: np.ndarray, rate: int = SOUND_RATE, model: LiveModel | None = None, name: str = TITLE) -> Trajectory:
    """Return the trajectory of a whole sound (samples,), as the stream gives it."""
    stream = Stream(model, rate)
    motion = np.concatenate([stream.add(sound), stream.end()])
    if not len(sound):
        raise BadData("a sound without samples has no motion; give a longer one")
    return trajectory(motion, stream.model, name)


def trajectory(motion: np.ndarray, model: LiveModel, name: str = TITLE) -> Trajectory:
    """Return motion (frames, 18) in mm as a trajectory that states its origin."""
    return Trajectory(
        name=name, rate=float(model.facts.front.rate), motion=motion, margin=np.tile(model.margin, (len(motion), 1)),
        level=model.facts.level, model=model.title, trained_on=model.facts.provenance.get("origin", ""), speaker=SPEAKER,
    )
