"""Whose statistics an inversion uses: what this voice sounds like on average, and how far its mouth moves in millimetres.

A model speaks in standard deviations. Without anything known of the speaker, the acoustics are freed of the mean and spread of each
recording itself, and positions are those of the average training speaker.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.data.normalize import Stats
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import BadData
from artinv.signal.streaming import Heard, statistics

AVERAGE = "average training speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The statistics."""

    title: str  # whose they are
    mean: np.ndarray  # (18,) float32, mm; NaN for a channel that the model does not know
    std: np.ndarray  # (18,) float32, mm
    acoustics: tuple[np.ndarray, np.ndarray] | None = None  # mean and std (values,); none: those of each recording

    @property
    def digest(self) -> str:
        """Stands for all the numbers."""
        values = [self.mean, self.std, *(self.acoustics or ())]
        return hashlib.sha256(b"".join(np.asarray(value, "<f4").tobytes() for value in values)).hexdigest()

    def standardize(self, heard: Heard) -> np.ndarray:
        """Acoustics (K, values) in standard deviations from what is usual for this voice."""
        mean, std = self.acoustics or statistics(heard.sums())
        return (heard.acoustics - mean) / std


def average(inverter: Inverter) -> Voice:
    """Nothing is known of the speaker."""
    mean, std = (inverter.statistics.get(key) for key in ("mean", "std"))
    if mean is None or std is None or mean.shape != (len(CHANNELS),) or std.shape != mean.shape:
        raise BadData("the model holds no mean and std of its training speakers; train it again with `dvc repro`")
    return Voice(title=AVERAGE, mean=mean.astype(np.float32), std=std.astype(np.float32))


def of_speaker(path: Path, inverter: Inverter) -> Voice:
    """One speaker's statistics as `normalize` writes them; channels that the speaker lacks are the average speaker's.

    A model that frees each utterance of its own mean takes the millimetres alone: its acoustics were never freed of a speaker's.
    """
    usual = average(inverter)
    if not path.is_file():
        raise BadData(f"{path}: is no file; name a speaker's statistics, such as data/stats/<corpus>/<speaker>.npz")
    try:
        stats = Stats.load(path)
        fits = all(isinstance(getattr(stats, field.name), np.ndarray) for field in fields(stats))
    except TypeError:
        fits = False
    if not fits or stats.motion_std.shape != (len(CHANNELS),) or stats.motion_mean.shape[1:] != (len(CHANNELS),):
        raise BadData(f"{path}: does not hold a speaker's statistics; take a file such as data/stats/<corpus>/<speaker>.npz")
    there = np.isfinite(stats.motion_std) & np.isfinite(stats.average_mean) & np.isfinite(usual.std)
    mean, std = np.where(there, stats.average_mean, usual.mean), np.where(there, stats.motion_std, usual.std)
    lacking = [channel for channel, own in zip(CHANNELS, there | np.isnan(usual.std), strict=True) if not own]
    title = str(path) + (f" ({', '.join(lacking)} of the {AVERAGE})" if lacking else "")
    if inverter.normalization == "utterance":
        return Voice(title=title, mean=mean, std=std)
    if stats.acoustic_mean.shape != (inverter.n_in,) or stats.acoustic_std.shape != (inverter.n_in,):
        raise BadData(
            f"{path}: statistics of {stats.acoustic_mean.size} acoustic values, where the model hears {inverter.n_in}; "
            "take those made with the model's features, or use --calibrate"
        )
    return Voice(title=title, mean=mean, std=std, acoustics=(stats.acoustic_mean, stats.acoustic_std))


def calibrated(folder: Path, inverter: Inverter, sums: Iterable[np.ndarray]) -> Voice:
    """What the voice in a folder's recordings sounds like, from `Heard.sums` of each; millimetres are the average speaker's."""
    usual, total = average(inverter), sum(sums)
    if not np.any(total):
        raise BadData(f"{folder}: no speech is heard in its recordings; give --calibrate a folder of speech")
    return Voice(title=f"{AVERAGE}, heard against {folder}", mean=usual.mean, std=usual.std, acoustics=statistics(total))
