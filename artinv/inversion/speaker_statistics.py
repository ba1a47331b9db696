"""Speaker statistics for inversion: mean and standard deviation of the acoustics, and of the articulators in mm.

A model maps standardized acoustics to standardized motion. For an unknown speaker, the acoustics are normalized with the mean and
standard deviation of each recording, and the motion is scaled to mm with the statistics of the average training speaker.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.data.stats import Stats
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData
from artinv.signal.streaming import RecordingFeatures, statistics

AVERAGE = "average training speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerStatistics:
    """The mean and standard deviation of a speaker's articulators and, optionally, acoustics."""

    title: str  # the speaker, as stated in the outputs
    mean: np.ndarray  # (18,) float32, mm; NaN for a channel that the model has not learned
    std: np.ndarray  # (18,) float32, mm
    acoustics: tuple[np.ndarray, np.ndarray] | None = None  # mean and std (values,); None: those of each recording

    @property
    def digest(self) -> str:
        """Return a hash of all values."""
        values = [self.mean, self.std, *(self.acoustics or ())]
        return hashlib.sha256(b"".join(np.asarray(value, "<f4").tobytes() for value in values)).hexdigest()

    def standardize(self, features: RecordingFeatures) -> np.ndarray:
        """Return the acoustics (K, values) of a recording in standard deviations from this speaker's mean."""
        mean, std = self.acoustics or statistics(features.sums())
        return (features.acoustics - mean) / std


def average(predictor: Predictor) -> SpeakerStatistics:
    """Return the statistics of the average training speaker, for an unknown speaker."""
    mean, std = (predictor.statistics.get(key) for key in ("mean", "std"))
    if mean is None or std is None or mean.shape != (len(CHANNELS),) or std.shape != mean.shape:
        raise BadData("the model holds no mean and std of its training speakers; name another model")
    return SpeakerStatistics(title=AVERAGE, mean=mean.astype(np.float32), std=std.astype(np.float32))


def of_speaker(path: Path, predictor: Predictor) -> SpeakerStatistics:
    """Read one speaker's statistics, as written by `normalize`; missing channels get those of the average training speaker.

    For a model that normalizes each utterance with its own statistics, only the values in mm are used.
    """
    average_speaker = average(predictor)
    if not path.is_file():
        raise BadData(f"{path}: is no file; name a speaker's statistics, such as data/stats/<corpus>/<speaker>.npz")
    try:
        stats = _loaded(path)
        fits = all(isinstance(getattr(stats, field.name), np.ndarray) for field in fields(stats))
    except TypeError:
        fits = False
    if not fits or stats.motion_std.shape != (len(CHANNELS),) or stats.motion_mean.shape[1:] != (len(CHANNELS),):
        raise BadData(f"{path}: does not contain a speaker's statistics; use a file such as data/stats/<corpus>/<speaker>.npz")
    known = np.isfinite(stats.motion_std) & np.isfinite(stats.average_mean) & np.isfinite(average_speaker.std)
    mean, std = np.where(known, stats.average_mean, average_speaker.mean), np.where(known, stats.motion_std, average_speaker.std)
    missing = [channel for channel, own in zip(CHANNELS, known | np.isnan(average_speaker.std), strict=True) if not own]
    title = str(path) + (f" ({', '.join(missing)} of the {AVERAGE})" if missing else "")
    if predictor.facts.normalization == "utterance":
        return SpeakerStatistics(title=title, mean=mean, std=std)
    values = predictor.facts.acoustic_values
    if stats.acoustic_mean.shape != (values,) or stats.acoustic_std.shape != (values,):
        raise BadData(
            f"{path}: statistics of {stats.acoustic_mean.size} acoustic values, the model expects {values}; "
            "use statistics made with the model's features, or a folder of the speaker's recordings"
        )
    return SpeakerStatistics(title=title, mean=mean, std=std, acoustics=(stats.acoustic_mean, stats.acoustic_std))


def _loaded(path: Path) -> Stats:
    try:
        return Stats.load(path)
    except BadData as error:
        raise BadData(f"{str(error).partition('; ')[0]}; name a speaker's statistics, data/stats/<corpus>/<speaker>.npz") from None


def calibrated(folder: Path, predictor: Predictor, sums: Iterable[np.ndarray]) -> SpeakerStatistics:
    """Return the acoustic statistics of a folder's recordings, from `RecordingFeatures.sums`, with the average speaker's mm."""
    average_speaker, total = average(predictor), sum(sums)
    if isinstance(total, int) or not np.any(total):
        raise BadData(f"{folder}: no speech detected in its recordings; give a folder of speech")
    title = f"{AVERAGE}, acoustics normalized with {folder}"
    return SpeakerStatistics(title=title, mean=average_speaker.mean, std=average_speaker.std, acoustics=statistics(total))
