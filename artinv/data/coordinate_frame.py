"""Estimate the translation of a speaker's coils to the common coordinate frame, whose origin is near the upper incisors.

Some corpora do not give this frame: the origin differs between speakers and jumps within a session when the head position
changes. Lips, jaw and tongue tip have similar positions in all speakers, so a speaker's mean positions are aligned with those of
real speakers. The estimate uses only the train part and no labels. Rotation is not estimated: the axes stay as recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from artinv.core.channels import COIL_COLUMNS, COILS
from artinv.core.records import Utterance
from artinv.data.jumps import AROUND, best_cut, regluings
from artinv.data.partition import part_of
from artinv.runtime.errors import BadData

REFERENCE = {
    "tt": ((-16.68, -9.59), (2.20, 1.88)),
    "li": ((-2.98, -21.71), (4.75, 2.03)),
    "ul": ((10.39, 2.67), (1.67, 2.93)),
    "ll": ((8.91, -25.87), (3.35, 1.29)),
}
"""Coil -> mean (x, y) over eight real speakers recorded in the common frame, and standard deviation between them, mm.

Tongue body and dorsum are left out because their positions on the tongue vary more.
"""

UNDEFINED = {"tbcl": "the tongue body lies at the height of the origin, so that an error of 2 mm changes the course of its angle"}
"""Channel -> the reason why it is unknown wherever the translation is an estimate; docs/annex/protocol.md has the figures."""

JUMP_MM = 3.0
"""Least jump of the origin, mm; the moving mean of the normalization removes smaller ones."""

SHARED = 3
"""Least number of coils that jump together when the origin jumps; jumps of fewer coils are reglued coils."""

_COLUMNS = np.array([COIL_COLUMNS.index(f"{coil}_{axis}") for coil in REFERENCE for axis in "xy"])
_MEAN, _SPREAD = (np.ravel([facts[part] for facts in REFERENCE.values()]) for part in (0, 1))


@dataclass(frozen=True, slots=True)
class Level:
    """Mean coil positions of an utterance."""

    speaker: str
    name: str
    order: int
    train: bool
    coils: np.ndarray  # (14,) float64, mm, mean over the frames in which each coordinate is known; NaN if it never is


@dataclass(frozen=True, slots=True)
class Group:
    """Consecutive utterances with the same origin."""

    first: int | None  # order of its first utterance in the train part; None: from the start of the session
    utterances: int  # number of utterances of the train part
    translation: tuple[float, float]  # (x, y) mm, added to the recorded positions


Frame = Sequence[Group]
"""A speaker's groups in recording order."""


def level(utterance: Utterance) -> Level:
    """Compute the mean coil positions of one utterance."""
    known = np.isfinite(utterance.coils)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, utterance.coils, 0).sum(axis=0, dtype=np.float64) / known.sum(axis=0)
    return Level(utterance.speaker, utterance.name, utterance.order, part_of(utterance) == "train", mean)


def estimate(levels: Iterable[Level]) -> dict[str, Frame]:
    """Return for each speaker the groups and their translations; levels outside the train part are ignored."""
    ordered = sorted(levels, key=lambda item: (item.speaker, item.order, item.name))
    return {speaker: _of_speaker(speaker, [item for item in own if item.train])
            for speaker, own in groupby(ordered, key=lambda item: item.speaker)}


def translation(frame: Frame, order: int) -> np.ndarray:
    """Return (2,) mm, float64, to add to the coils of the utterance at `order` in the session."""
    *_, group = (group for group in frame if group.first is None or group.first <= order)
    return np.array(group.translation)


def translated(coils: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return (frames, 14) mm, translated by (2,) mm."""
    return (coils + np.tile(by, len(COILS))).astype(coils.dtype)


def summary(frames: Mapping[str, Frame]) -> dict[str, list[dict]]:
    """Return the groups of each speaker for a metrics file."""
    return {
        speaker: [{"from_order": group.first, "train_utterances": group.utterances, "x": round(group.translation[0], 2),
                   "y": round(group.translation[1], 2)} for group in frame]
        for speaker, frame in frames.items()
    }


def _of_speaker(speaker: str, train: list[Level]) -> Frame:
    if not train:
        raise BadData(f"{speaker}: no utterance falls into the train part; add recordings or leave the speaker out")
    coils = np.stack([item.coils for item in train])
    known = (np.isfinite(coils).mean(axis=0) >= 0.5).reshape(-1, 2).all(axis=1).repeat(2)
    if not known[_COLUMNS].any():
        raise BadData(f"{speaker}: has none of the coils {', '.join(REFERENCE)} that show the origin; name them in own.yaml, "
                      "or say `frame: incisors` there if the origin lies near the upper incisors")
    edges = [0, *_jumps(coils[:, known]), len(train)]
    return tuple(
        Group(train[start].order if start else None, end - start, _aligned_with_reference(coils[start:end], known))
        for start, end in pairwise(edges)
    )


def _aligned_with_reference(coils: np.ndarray, known: np.ndarray) -> tuple[float, float]:
    """Return the weighted least-squares translation of median positions; weights are inverse variances between speakers."""
    columns = known[_COLUMNS] & np.isfinite(coils[:, _COLUMNS]).any(axis=0)
    difference = np.full(len(_COLUMNS), 0.0)
    difference[columns] = _MEAN[columns] - np.nanmedian(coils[:, _COLUMNS[columns]], axis=0)
    weight = np.where(columns, _SPREAD**-2.0, 0)
    x, y = ((weight * difference)[axis::2].sum() / weight[axis::2].sum() for axis in (0, 1))
    return float(x), float(y)


def _jumps(coils: np.ndarray) -> list[int]:
    """Return the indices of the first utterances after joint jumps of all coils, except at most one; columns are x, y, x, y ..."""
    if coils.shape[1] < 2 * SHARED:
        return []
    centred = coils - np.nanmedian(coils, axis=0)
    filled = np.where(np.isfinite(centred).any(axis=1, keepdims=True), centred, 0)
    shared = np.stack([np.nanmedian(filled[:, axis::2], axis=1) for axis in (0, 1)], axis=1)
    candidates = sorted({at for axis in shared.T for at in regluings(axis, JUMP_MM)})
    jumps = []
    for cluster in _clusters(candidates):
        low, high = max(0, cluster[0] - AROUND), cluster[-1] + AROUND
        at = low + best_cut(shared[low:high])
        if _is_joint(centred, at):
            jumps.append(at)
    return jumps


def _clusters(indices: list[int]) -> list[list[int]]:
    """Group jumps of x and y that are close in time."""
    clusters: list[list[int]] = []
    for at in indices:
        if clusters and at - clusters[-1][-1] < AROUND:
            clusters[-1].append(at)
        else:
            clusters.append([at])
    return clusters


def _is_joint(centred: np.ndarray, at: int) -> bool:
    """Return whether all coils, except at most one, jump by the same vector at this index."""
    before, after = centred[max(0, at - AROUND):at], centred[at:at + AROUND]
    known = (np.isfinite(before).any(axis=0) & np.isfinite(after).any(axis=0)).reshape(-1, 2).all(axis=1).repeat(2)
    step = np.nanmedian(after[:, known], axis=0) - np.nanmedian(before[:, known], axis=0)
    points = step.reshape(-1, 2)
    return int((np.abs(points - np.median(points, axis=0)) > JUMP_MM).any(axis=1).sum()) <= 1
