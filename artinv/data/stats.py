"""Statistics of one speaker that convert millimetres to z-scores and back; `artinv.data.normalize` estimates them."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import numpy as np

from artinv.core.records import Frames
from artinv.core.store import load_arrays, save_arrays
from artinv.runtime.errors import BadData

DISPLACED = 3.0
"""Standard deviations from the level of the neighbouring utterances beyond which a channel counts as displaced; levels of
synthetic speakers stay within 2.3, a flipped axis or an exchange of coils moves them by 4 to 15."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Statistics of a speaker that convert mm to z-scores and back."""

    names: np.ndarray  # (utterances,) text, in recording order
    motion_mean: np.ndarray  # (utterances, 18) float32, mm; NaN where the channel is not available
    motion_std: np.ndarray  # (18,) float32, mm; NaN where the channel is not available
    acoustic_mean: np.ndarray  # (values,) float32
    acoustic_std: np.ndarray  # (values,) float32
    reglued: np.ndarray  # (breaks, 2) int: index of the first utterance after the break, index of the channel

    def mean_of(self, name: str) -> np.ndarray:
        """Return (18,) the moving mean that is subtracted from an utterance, mm."""
        return self.motion_mean[int(np.flatnonzero(self.names == name)[0])]

    @property
    def average_mean(self) -> np.ndarray:
        """Return (18,) the mean position over the session, mm."""
        return self.motion_mean.mean(axis=0)

    def normalize(self, frames: Frames) -> Frames:
        """Convert millimetres to z-scores; displaced channels become NaN."""
        motion = (frames.motion - self.mean_of(frames.name)) / self.motion_std
        motion[:, self.displaced(frames)] = np.nan
        acoustics, phones = self._parts(frames)
        return replace(frames, acoustics=np.hstack([(acoustics - self.acoustic_mean) / self.acoustic_std, phones]), motion=motion)

    def displaced(self, frames: Frames) -> np.ndarray:
        """Return (18,) bool, True for channels displaced relative to this utterance and both neighbours, even across a break."""
        index = int(np.flatnonzero(self.names == frames.name)[0])
        known = np.isfinite(frames.motion)
        with np.errstate(invalid="ignore"):
            level = np.where(known, frames.motion, 0).sum(axis=0) / known.sum(axis=0)
            deviation = np.abs(level - self.motion_mean[max(0, index - 1):index + 2]).min(axis=0)
            return deviation > DISPLACED * self.motion_std

    def restore(self, frames: Frames) -> Frames:
        """Convert z-scores back to millimetres."""
        motion = frames.motion * self.motion_std + self.mean_of(frames.name)
        acoustics, phones = self._parts(frames)
        return replace(frames, acoustics=np.hstack([acoustics * self.acoustic_std + self.acoustic_mean, phones]), motion=motion)

    def _parts(self, frames: Frames) -> tuple[np.ndarray, np.ndarray]:
        """Return the acoustic values of frames, and the evidence of phones after them, which is never normalized."""
        return frames.acoustics[:, :len(self.acoustic_mean)], frames.acoustics[:, len(self.acoustic_mean):]

    def save(self, path: Path | str) -> None:
        """Write the statistics to an .npz file."""
        save_arrays(path, {field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read the statistics that `save` wrote."""
        arrays = load_arrays(path)
        if missing := [field.name for field in fields(cls) if field.name not in arrays]:
            raise BadData(f"{path}: lacks {', '.join(missing)} of a speaker's statistics; delete it and run `dvc repro`")
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})
