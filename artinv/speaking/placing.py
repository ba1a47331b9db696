"""Trajectories of any speaker -> coils of a voice, 100 per second.

The size of a speaker and the origin of the coordinates are usually unknown. A trajectory is therefore expressed in standard
deviations from the mean of its speaker, and these in mm of the voice.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from artinv.core.channels import CHANNELS, COIL_COLUMNS, IN_COILS
from artinv.core.trajectory import Trajectory
from artinv.runtime.errors import BadData
from artinv.signal.resample import MAX_CUTOFF, at_frames
from artinv.speaking.voices import Voice
from artinv.synth.fitting.resynthesis import interpolate_at, measured

RATE = 100.0
"""Hz, frames in which the posture is estimated."""

LONGEST = 120.0
"""s, longest trajectory."""

OWN = "the trajectories themselves"

Scale = Literal["speaker", "mm"]
"""How trajectories are placed: standard deviations of their speaker, or mm of the voice itself."""

_CUTOFF = 25.0  # Hz; articulators are slower
_SLOWEST, _FASTEST = 20.0, 10_000.0  # Hz
_FEWEST, _SHORTEST = 5, 0.04  # frames; s
_STILL, _LAG = 0.08, 0.1  # share of the fast motion that counts as rest; s from the first movement to the first sound
_SAMPLES = 4.4  # independent postures in 1 s of speech
_MM = 2.5  # standard deviation of the mean places of coils between speakers, after a shift
_LIMIT = 4.0  # standard deviations
_COLUMNS = [CHANNELS.index(column) for column in COIL_COLUMNS]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean and standard deviation of a speaker's motion, (18,) mm each; NaN where unknown."""

    mean: np.ndarray
    std: np.ndarray
    title: str  # whose


def check(trajectory: Trajectory) -> None:
    """Reject a trajectory that cannot be spoken."""
    name, motion = trajectory.name, trajectory.motion
    if len(motion) < _FEWEST:
        raise BadData(f"{name}: has {len(motion)} frames; {_FEWEST} or more can be spoken")
    if not _SLOWEST <= trajectory.rate <= _FASTEST:
        raise BadData(f"{name}: its rate of {trajectory.rate:g} Hz is not within {_SLOWEST:g} to {_FASTEST:g} Hz; correct the rate")
    if (seconds := (len(motion) - 1) / trajectory.rate) < _SHORTEST:
        raise BadData(f"{name}: is {1000 * seconds:.0f} ms long; {1000 * _SHORTEST:.0f} ms or more can be spoken")
    if seconds > LONGEST:
        raise BadData(f"{name}: is {seconds:.0f} s long, the limit is {LONGEST:.0f} s; cut it into sentences")
    if np.isinf(motion).any():
        raise BadData(f"{name}: has infinite values; remove them, or write NaN")
    missing = [channel for channel, known in zip(CHANNELS, np.isfinite(motion).any(axis=0), strict=True) if not known]
    if needed := [channel for channel in missing if IN_COILS[CHANNELS.index(channel)]]:
        cure = "only the velum and the derived channels may be missing"
        raise BadData(f"{name}: {', '.join(needed)}: NaN in all frames; {cure}")


def at_rate(trajectory: Trajectory, start: float, seconds: float) -> np.ndarray:
    """Return the motion (K, 18) at RATE for `seconds` s of sound, which begins `start` s before the trajectory.

    Gaps are interpolated and the ends are held. A low-pass at 25 Hz removes the noise of the device.
    """
    filled = interpolate_at(trajectory.motion, np.arange(len(trajectory.motion)))
    times = np.arange(int(seconds * RATE) + 1) / RATE
    smooth = at_frames(filled, trajectory.rate, start, times, min(_CUTOFF, MAX_CUTOFF * trajectory.rate))
    return interpolate_at(smooth, np.arange(len(times)))


def spoken_frames(motion: np.ndarray) -> np.ndarray:
    """Return which frames (K,) lie between the first and the last movement; all of them if nothing moves."""
    coils = gaussian_filter1d(np.nan_to_num(motion[:, IN_COILS]), 2.0, axis=0)
    speed = np.linalg.norm(np.diff(coils, axis=0, prepend=coils[:1]), axis=1)
    moving = np.flatnonzero(speed > _STILL * np.percentile(speed, 90))
    spoken = np.zeros(len(motion), bool)
    if len(moving) == 0 or speed.max() < 1e-3:
        return ~spoken
    lag = round(_LAG * RATE) if moving[-1] - moving[0] > 4 * _LAG * RATE else 0
    spoken[moving[0] + lag:moving[-1] - lag + 1] = True
    return spoken


def own_statistics(motion: np.ndarray, spoken: np.ndarray) -> Statistics:
    """Return the statistics of the spoken frames of a motion (K, 18)."""
    return Statistics(*measured(motion[spoken].astype(np.float64)), OWN)


def estimated(own: Statistics, seconds: float, voice: Voice, average: Statistics | None = None) -> Statistics:
    """Return the statistics of a speaker, estimated from those of `seconds` s of speech and from those of a voice.

    A sentence is too short for exact statistics. The mean is a compromise between that of the sentence and that of the voice after
    the best shift, because the origin is unknown, and the standard deviation one between those of both; the weights follow from
    the variances within and between speakers. `average` are the known statistics of inferred trajectories, whose mean is exact.
    """
    usual_mean, usual_std = np.full((2, len(CHANNELS)), np.nan)
    usual_mean[_COLUMNS], usual_std[_COLUMNS] = voice.prior.coil_mean.numpy(), voice.prior.coil_std.numpy()
    reference = usual_std if average is None else average.std
    with np.errstate(divide="ignore", invalid="ignore"):
        activity = float(np.nanmean(np.minimum(own.std / reference, 1.0)[_COLUMNS] ** 2))
        samples = 1 + max(0.0, _SAMPLES * seconds - 1) * activity  # independent postures
        weight = _MM**2 / (_MM**2 + usual_std**2 / samples)
        spread = samples / (samples + _SAMPLES)
        std = np.exp(spread * np.log(np.maximum(own.std, 1e-3)) + (1 - spread) * np.log(reference))
        if average is not None:
            return Statistics(average.mean, np.where(np.isfinite(own.std), std, np.nan), average.title)
        offset, precision = own.mean - usual_mean, usual_std**-2
        for columns in (_COLUMNS[0::2], _COLUMNS[1::2]):
            share = np.where(np.isfinite(offset[columns]), precision[columns], 0.0)
            usual_mean[columns] += np.nansum(share * offset[columns]) / share.sum()
    return Statistics(weight * own.mean + (1 - weight) * usual_mean, std, own.title)


def place(motion: np.ndarray, statistics: Statistics, voice: Voice, scale: Scale = "speaker") -> torch.Tensor:
    """Return the coils (K, 14) in mm of a voice; NaN where a channel is missing."""
    if scale == "mm":
        return torch.from_numpy(np.ascontiguousarray(motion[:, _COLUMNS], np.float32))
    shape = np.full(motion.shape, np.nan)
    z = np.divide(motion - statistics.mean, statistics.std, out=shape, where=statistics.std > 0)
    return voice.prior.placed(np.clip(z, -_LIMIT, _LIMIT).astype(np.float32))
