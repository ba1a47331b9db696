"""A model's file, a voice and a recording -> a Trajectory in millimetres at 100 Hz, with where it comes from."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.formats import stream
from artinv.invert.speaker_statistics import Voice
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import Interval
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import WIDEST, at_frames
from artinv.signal.streaming import Heard, hear

RATE = 100.0
"""Hz, frames of a trajectory, whatever the model's own."""

DEFAULTS = (Path("models/universal.safetensors"), Path("models/inverter.safetensors"))
"""The model that is taken where none is named: the first that is there."""

MOST_CLIPPED = 0.01
"""Share of clipped samples that is worth a word."""

_PIECE = 60.0  # s that are resampled at once
_AROUND = 2.0  # s that a piece sees of its neighbours; more than the low-pass reaches


@dataclass(frozen=True, slots=True)
class Model:
    """An inverter and its file."""

    inverter: Inverter
    path: Path
    digest: str  # SHA-256 of the file, hexadecimal

    @property
    def trained_on(self) -> str:
        """Real, synthetic or mixed; empty where nothing tells."""
        return self.inverter.provenance.get("origin", "")

    @property
    def title(self) -> str:
        """Kind of network and the first 12 digits."""
        return f"{self.inverter.model} {self.digest[:12]}"

    @property
    def features(self) -> FeatureParams:
        """What it hears."""
        return FeatureParams.of(self.inverter.features, f"{self.path}: metadata")


def load(path: Path | None = None) -> Model:
    """A model by its file, or the default one."""
    path = path or next((default for default in DEFAULTS if default.exists()), None)
    if path is None:
        raise BadData(f"{DEFAULTS[0]}: there is no model; run `make sim2real` (or `make repro`), or name one with --model")
    if not path.is_file():
        raise BadData(f"{path}: is no file; name a model with --model, or run `make sim2real` (or `make repro`)")
    try:
        inverter = Inverter.load(path)
    except BadData as error:
        cure = "name a model with --model, or run `make sim2real` (or `make repro`)"
        raise BadData(f"{str(error).partition('; ')[0]}; {cure}") from None
    return Model(inverter, path, hashlib.sha256(path.read_bytes()).hexdigest())


def listen(path: Path, model: Model, seconds: float = stream.BLOCK) -> Heard:
    """What the model hears of a sound file, of which `seconds` are in memory at once."""
    try:
        return hear(stream.blocks(path, SOUND_RATE, seconds), model.inverter.rate, model.features)
    except BadData as error:
        raise error if str(error).startswith(str(path)) else BadData(f"{path}: {error}") from None


def invert(path: Path, model: Model, voice: Voice, seconds: float = stream.BLOCK) -> tuple[Trajectory, tuple[str, ...]]:
    """The trajectory of a sound file, and what is to be said of it; `seconds` of sound are in memory at once."""
    heard = listen(path, model, seconds)
    frames = 1 + int(heard.samples * RATE) // SOUND_RATE
    notes = [] if heard.speech.any() else ["no speech stands out of it; its trajectories mean little"]
    if heard.clipped > MOST_CLIPPED:
        notes.append(f"{heard.clipped:.0%} of its samples are clipped; its trajectories are less sure")
    found = infer(path.stem, model, voice.standardize(heard), frames, whose=voice.title, scale=(voice.mean, voice.std))
    return found, tuple(notes)


def infer(
    name: str, model: Model, acoustics: np.ndarray, frames: int, *, whose: str, scale: tuple[np.ndarray, np.ndarray],
) -> Trajectory:
    """What a model makes of (K, values) acoustics: `frames` frames at 100 Hz, in mm by `scale`, mean and std, each (18,).

    What no training speaker had is unknown: NaN. A margin is infinite where nothing is known of its channel's errors.
    """
    z, rate, statistics = model.inverter.predict(acoustics), model.inverter.rate, model.inverter.statistics
    mean, std = scale
    learned = np.isfinite(statistics.get("std", np.ones(len(CHANNELS))))
    motion = np.where(learned, at_rate(z, rate, frames) * std + mean, np.nan)
    if interval := Interval.of(statistics):
        margin = at_rate(interval.margin(acoustics, z), rate, frames).clip(min=0) * std
        margin = np.nan_to_num(margin, nan=np.inf, posinf=np.inf).astype(np.float32)
    return Trajectory(
        name=name, rate=RATE, motion=motion.astype(np.float32), margin=margin if interval else None,
        level=interval.level if interval else 0.9, model=model.title, trained_on=model.trained_on, speaker=whose,
    )


def at_rate(values: np.ndarray, rate: float, frames: int) -> np.ndarray:
    """(K, C) at `rate` Hz -> (frames, C) float32 at 100 Hz, band-limited; beyond the last of K it is held."""
    if rate == RATE and len(values) == frames:
        return values
    times = np.minimum(np.arange(frames) / RATE, (len(values) - 1) / rate)
    return np.concatenate(list(_resampled(values, rate, times)))


def _resampled(values: np.ndarray, rate: float, times: np.ndarray) -> Iterable[np.ndarray]:
    cutoff = WIDEST * min(rate, RATE)
    for first in range(0, len(times), round(_PIECE * RATE)):
        wanted = times[first:first + round(_PIECE * RATE)]
        begin = max(0, int((wanted[0] - _AROUND) * rate))
        seen = values[begin:int((wanted[-1] + _AROUND) * rate) + 1]
        yield at_frames(seen, rate, begin / rate, wanted, cutoff)
