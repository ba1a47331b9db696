"""Invert a recording with a model and speaker statistics: a Trajectory in mm at 100 Hz that states its origin."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.formats import stream
from artinv.invert.speaker_statistics import SpeakerStatistics
from artinv.measure.intervals import Interval
from artinv.predict.facts import Facts
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData, reason
from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import MAX_CUTOFF, at_frames
from artinv.signal.streaming import RecordingFeatures, recording_features

RATE = 100.0
"""Hz, frame rate of trajectories; it does not depend on the frame rate of the model."""

BUNDLED = Path(__file__).parents[1] / "bundled/universal.onnx"
"""The model that artinv comes with: for any speaker, trained on synthetic speech."""

TRAINED = ".safetensors"
"""Ending of a model as training writes it; it is converted when it is loaded, which needs torch."""

MOST_CLIPPED = 0.01
"""Share of clipped samples above which a note is given."""

_PIECE = 60.0  # s, length of the pieces that are resampled
_OVERLAP = 2.0  # s, overlap of pieces; longer than the low-pass


@dataclass(frozen=True, slots=True)
class Model:
    """A network and the file it was read from."""

    predictor: Predictor
    path: Path
    digest: str  # SHA-256 of the file, hexadecimal

    @property
    def facts(self) -> Facts:
        """Return what the file states about the network."""
        return self.predictor.facts

    @property
    def trained_on(self) -> str:
        """Return the origin of the training speakers: real, synthetic or mixed; empty if unknown."""
        return self.facts.provenance.get("origin", "")

    @property
    def title(self) -> str:
        """Return the kind of network and the first 12 digits of the digest."""
        return f"{self.facts.model} {self.digest[:12]}"

    @property
    def features(self) -> FeatureParams:
        """Return the parameters of its acoustic features."""
        return FeatureParams.of(self.facts.features, f"{self.path}: metadata")


def load(path: Path | None = None) -> Model:
    """Load a model from its file, or the bundled model."""
    path, cure = path or BUNDLED, "name a model with --model, or none for the model that artinv comes with"
    if not path.is_file():
        raise BadData(f"{path}: is no file; {cure}")
    if path.suffix == TRAINED and not all(map(find_spec, ("onnx", "safetensors", "torch"))):
        raise BadData(f"{path}: a model in the format of training needs torch; install artinv[train], or use its .onnx file")
    try:
        content = path.read_bytes()
        predictor = _converted(path) if path.suffix == TRAINED else Predictor.of(content, str(path))
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); {cure}") from None
    except BadData as error:
        raise BadData(f"{str(error).partition('; ')[0]}; {cure}") from None
    return Model(predictor, path, hashlib.sha256(content).hexdigest())


def _converted(path: Path) -> Predictor:
    """Convert a model as training writes it."""
    from artinv.learn import export, inverter  # noqa: PLC0415 -- needs torch, which inversion alone does not

    return Predictor.of(export.graph_of(inverter.Inverter.load(path)), str(path))


def compute_features(path: Path, model: Model, seconds: float = stream.BLOCK) -> RecordingFeatures:
    """Compute the model's features of a sound file; `seconds` of sound are in memory at a time."""
    try:
        return recording_features(stream.blocks(path, SOUND_RATE, seconds), model.facts.rate, model.features)
    except BadData as error:
        raise error if str(error).startswith(str(path)) else BadData(f"{path}: {error}") from None


def invert(
    path: Path, model: Model, speaker: SpeakerStatistics, seconds: float = stream.BLOCK,
) -> tuple[Trajectory, tuple[str, ...]]:
    """Return the trajectory of a sound file, and notes on its quality; `seconds` of sound are in memory at a time."""
    features = compute_features(path, model, seconds)
    frames = 1 + int(features.samples * RATE) // SOUND_RATE
    notes = [] if features.speech.any() else ["no speech detected; its trajectories have little meaning"]
    if features.clipped > MOST_CLIPPED:
        notes.append(f"{features.clipped:.0%} of its samples are clipped; its trajectories are less reliable")
    acoustics, scale = speaker.standardize(features), (speaker.mean, speaker.std)
    return infer(path.stem, model, acoustics, frames, whose=speaker.title, scale=scale), tuple(notes)


def infer(
    name: str, model: Model, acoustics: np.ndarray, frames: int, *, whose: str, scale: tuple[np.ndarray, np.ndarray],
) -> Trajectory:
    """Predict a trajectory of `frames` frames at 100 Hz from acoustics (K, values).

    `scale` is the mean and std, each (18,), that converts it to mm; `whose` names their speaker. A channel that no training
    speaker had is NaN. The margin of a channel without known errors is infinite.
    """
    z, rate, statistics = model.predictor.predict(acoustics), model.facts.rate, model.predictor.statistics
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
    """Resample (K, C) from `rate` Hz to (frames, C) float32 at 100 Hz, band-limited; times after the last value repeat it."""
    if rate == RATE and len(values) == frames:
        return values
    times = np.minimum(np.arange(frames) / RATE, (len(values) - 1) / rate)
    return np.concatenate(list(_resampled(values, rate, times)))


def _resampled(values: np.ndarray, rate: float, times: np.ndarray) -> Iterable[np.ndarray]:
    cutoff = MAX_CUTOFF * min(rate, RATE)
    for first in range(0, len(times), round(_PIECE * RATE)):
        piece = times[first:first + round(_PIECE * RATE)]
        begin = max(0, int((piece[0] - _OVERLAP) * rate))
        around = values[begin:int((piece[-1] + _OVERLAP) * rate) + 1]
        yield at_frames(around, rate, begin / rate, piece, cutoff)
