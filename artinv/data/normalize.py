"""Normalize frames to z-scores with statistics of each speaker's train part, and restore millimetres.

Articulator positions are centred on a moving mean over neighbouring utterances, because coils drift and are glued again during a
session, and divided by one standard deviation per speaker. Valid and test utterances enter no statistic. A channel that is
displaced in an utterance relative to its neighbours, for example by an exchange of coils or axes, is excluded and becomes NaN.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy import ndimage

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.data.jumps import regluings
from artinv.data.stats import DISPLACED, Stats
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

_TINY = 1e-4
"""A channel with a smaller standard deviation (mm, or unitless) is a dead coil."""

NEAR = 17
"""Number of utterances in the running median of a channel's level; the median follows a coil that is glued again."""


class NormalizeParams(Params):
    """How articulator positions are centred."""

    section: ClassVar[str] = "normalize"
    neighbours: int = Field(ge=1)  # utterances in the moving mean
    regluing: float = Field(gt=0)  # least jump of a channel's level, in standard deviations, that counts as a reglued coil
    available: float = Field(gt=0, le=1)  # least fraction of train frames in which a channel must be known to be used


@dataclass(slots=True)
class _Sums:
    """Sums over the frames of one utterance, from which all statistics are computed."""

    name: str
    order: int
    train: bool
    count: np.ndarray  # (18,) frames in which the channel is known
    total: np.ndarray  # (18,) float64
    squares: np.ndarray  # (18,) float64
    acoustic: tuple[int, np.ndarray, np.ndarray]


def _sums(frames: Frames, evidence_values: int) -> _Sums:
    acoustic_values = frames.acoustics.shape[1] - evidence_values
    motion, acoustics = frames.motion.astype(np.float64), frames.acoustics[:, :acoustic_values].astype(np.float64)
    known = np.isfinite(motion)
    motion = np.where(known, motion, 0.0)
    acoustic = len(acoustics), acoustics.sum(axis=0), np.square(acoustics).sum(axis=0)
    return _Sums(frames.name, frames.order, frames.part == "train", known.sum(axis=0), motion.sum(axis=0),
                 np.square(motion).sum(axis=0), acoustic)


def estimate(utterances: Iterable[Frames], params: NormalizeParams, evidence_values: int = 0) -> Stats:
    """Estimate a speaker's statistics from the train part, in one pass over all utterances.

    The last `evidence_values` values of a frame are evidence of phones and enter no statistic.
    """
    rows = []
    for frames in utterances:
        rows.append(_sums(frames, evidence_values))
        speaker = frames.speaker_id
    rows.sort(key=lambda row: (row.order, row.name))
    train = [row for row in rows if row.train]
    if not train:
        where = speaker if rows else "a speaker without utterances"
        raise BadData(f"{where}: none of {len(rows)} utterances falls into the train part; add recordings or leave the speaker out")
    count, total, squares = (np.stack([getattr(row, key) for row in train]) for key in ("count", "total", "squares"))
    with np.errstate(invalid="ignore", divide="ignore"):
        level = total / count  # NaN where the utterance lacks the channel
        within = np.sqrt(np.maximum(squares.sum(axis=0) - np.nansum(level * total, axis=0), 0) / count.sum(axis=0))
    frames_in_train = sum(row.acoustic[0] for row in train)
    available = (count.sum(axis=0) >= params.available * frames_in_train) & (within > _TINY)

    orders_in_train = np.array([row.order for row in train])
    orders = np.array([row.order for row in rows])
    means = np.full((len(rows), len(CHANNELS)), np.nan)
    reglued = []
    for channel in np.flatnonzero(available):
        usable = count[:, channel] > 0
        usable[usable] = ~outlying(level[usable, channel], DISPLACED * within[channel])
        for sums in (count, total, squares):
            sums[~usable, channel] = 0
        breaks = regluings(level[usable, channel], params.regluing * within[channel])
        known = orders_in_train[usable]
        reglued += [(int(np.searchsorted(orders, known[at])), channel) for at in breaks]
        means[:, channel] = moving_mean(orders, known, level[usable, channel], params.neighbours, breaks)

    train_means = means[[row.train for row in rows]]
    residual = squares - 2 * train_means * total + np.square(train_means) * count
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(np.maximum(residual.sum(axis=0), 0) / count.sum(axis=0))
    zeros = np.zeros_like(train[0].acoustic[1])
    acoustic_mean = sum((row.acoustic[1] for row in train), zeros) / frames_in_train
    acoustic_std = np.sqrt(np.maximum(sum(row.acoustic[2] for row in train) / frames_in_train - np.square(acoustic_mean), 0))
    return Stats(
        names=np.array([row.name for row in rows]),
        motion_mean=means.astype(np.float32), motion_std=np.where(available, std, np.nan).astype(np.float32),
        acoustic_mean=acoustic_mean.astype(np.float32), acoustic_std=np.maximum(acoustic_std, _TINY).astype(np.float32),
        reglued=np.array(sorted(reglued), dtype=np.int64).reshape(-1, 2),
    )


def moving_mean(orders: np.ndarray, known: np.ndarray, levels: np.ndarray, neighbours: int, breaks: list[int]) -> np.ndarray:
    """Return for each utterance the mean level of the `neighbours` nearest known utterances on the same side of every break.

    `known` holds the sorted orders of the utterances with known `levels`; a break is the index of the first of them after it.
    """
    edges = np.array([0, *breaks, len(known)])
    position = np.searchsorted(known, orders)  # the first known utterance at or after each
    segment = np.searchsorted(edges[1:-1], np.searchsorted(known, orders, side="right") - 1, side="right")
    first, last = edges[segment], edges[segment + 1]
    low = np.clip(position - neighbours // 2, first, np.maximum(first, last - neighbours))
    high = np.minimum(low + neighbours, last)
    running = np.concatenate([[0.0], np.cumsum(levels)])
    return (running[high] - running[low]) / (high - low)


def outlying(levels: np.ndarray, limit: float) -> np.ndarray:
    """Return True for each level that deviates from the running median by more than `limit`.

    >>> outlying(np.array([0, 1, 0, 9, 1, 0, 5, 6, 5, 5]), 5).nonzero()[0].tolist()
    [3]
    """
    return np.abs(levels - ndimage.median_filter(levels, min(NEAR, len(levels) // 2 * 2 + 1), mode="mirror")) > limit


def average(stats: Iterable[Stats]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean position and std (18,) over the speakers with each channel, the scale of predictions for unknown speakers."""
    stats = list(stats)
    means, stds = np.stack([item.average_mean for item in stats]), np.stack([item.motion_std for item in stats])
    known = np.isfinite(stds)
    with np.errstate(invalid="ignore"):
        weight = known.sum(axis=0)
        return tuple((np.where(known, values, 0).sum(axis=0) / weight).astype(np.float32) for values in (means, stds))
