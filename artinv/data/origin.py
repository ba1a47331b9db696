"""The translation that brings a speaker into the one frame, where the corpus does not give it: origin near the upper incisors.

Such recordings have an origin of their own, which differs between speakers and jumps within a session when the head is set up
again. Lips, jaw and tongue tip lie at much the same places in all speakers, so a speaker's levels are laid on those of real
speakers. No label and no utterance outside the train part enters. The axes stay as recorded: rotation is not estimated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from artinv.core.channels import COIL_COLUMNS, COILS
from artinv.runtime.errors import BadData
from artinv.data.jumps import AROUND, best_cut, regluings
from artinv.data.partition import part_of
from artinv.core.records import Utterance

REFERENCE = {
    "tt": ((-16.68, -9.59), (2.20, 1.88)),
    "li": ((-2.98, -21.71), (4.75, 2.03)),
    "ul": ((10.39, 2.67), (1.67, 2.93)),
    "ll": ((8.91, -25.87), (3.35, 1.29)),
}
"""Coil -> mean (x, y) over eight real speakers, recorded in the one frame, and standard deviation between them, mm.

Body and dorsum of the tongue are left out: where on the tongue they are glued differs by more.
"""

UNDEFINED = {"tbcl": "the tongue body lies at the height of the origin, so that an error of 2 mm changes the course of its angle"}
"""Channel -> why it is unknown wherever the translation is an estimate; docs/protocol.md has the figures."""

JUMP_MM = 3.0
"""An origin that jumps by less is left to the moving mean of the normalization."""

SHARED = 3
"""Coils that a jump must be seen on; a jump of fewer is glue."""

_COLUMNS = np.array([COIL_COLUMNS.index(f"{coil}_{axis}") for coil in REFERENCE for axis in "xy"])
_PLACE, _SPREAD = (np.ravel([facts[part] for facts in REFERENCE.values()]) for part in (0, 1))


@dataclass(frozen=True, slots=True)
class Level:
    """Where an utterance's coils are."""

    speaker: str
    name: str
    order: int
    train: bool
    coils: np.ndarray  # (14,) float64, mm, mean over the frames in which each is there; NaN where it never is


@dataclass(frozen=True, slots=True)
class Group:
    """Utterances in a row that have one origin."""

    first: int | None  # order of its first utterance in the train part; none: from the start of the session
    utterances: int  # of the train part
    translation: tuple[float, float]  # (x, y) mm, added to what was recorded


Frame = Sequence[Group]
"""A speaker's groups in recording order."""


def level(utterance: Utterance) -> Level:
    """What the estimate looks at of one utterance."""
    there = np.isfinite(utterance.coils)
    with np.errstate(invalid="ignore"):
        mean = np.where(there, utterance.coils, 0).sum(axis=0, dtype=np.float64) / there.sum(axis=0)
    return Level(utterance.speaker, utterance.name, utterance.order, part_of(utterance) == "train", mean)


def estimate(levels: Iterable[Level]) -> dict[str, Frame]:
    """Speaker -> groups and their translations; levels outside the train part are passed over."""
    ordered = sorted(levels, key=lambda one: (one.speaker, one.order, one.name))
    return {speaker: _of_speaker(speaker, [one for one in own if one.train])
            for speaker, own in groupby(ordered, key=lambda one: one.speaker)}


def translation(frame: Frame, order: int) -> np.ndarray:
    """(2,) mm, float64, to be added to the coils of the utterance at `order` in the session."""
    *_, group = (group for group in frame if group.first is None or group.first <= order)
    return np.array(group.translation)


def moved(coils: np.ndarray, by: np.ndarray) -> np.ndarray:
    """(frames, 14) mm, translated by (2,) mm."""
    return (coils + np.tile(by, len(COILS))).astype(coils.dtype)


def summary(frames: Mapping[str, Frame]) -> dict[str, list[dict]]:
    """For a file of metrics: speaker -> groups."""
    return {
        speaker: [{"from_order": group.first, "train_utterances": group.utterances, "x": round(group.translation[0], 2),
                   "y": round(group.translation[1], 2)} for group in frame]
        for speaker, frame in frames.items()
    }


def _of_speaker(speaker: str, train: list[Level]) -> Frame:
    if not train:
        raise BadData(f"{speaker}: no utterance falls into the train part; add recordings or leave the speaker out")
    coils = np.stack([one.coils for one in train])
    known = (np.isfinite(coils).mean(axis=0) >= 0.5).reshape(-1, 2).all(axis=1).repeat(2)
    if not known[_COLUMNS].any():
        raise BadData(f"{speaker}: has none of the coils {', '.join(REFERENCE)} by which a frame is found; name them in own.yaml, "
                      "or say `frame: incisors` there if the origin lies near the upper incisors")
    edges = [0, *_jumps(coils[:, known]), len(train)]
    return tuple(
        Group(train[start].order if start else None, end - start, _laid_on_the_reference(coils[start:end], known))
        for start, end in pairwise(edges)
    )


def _laid_on_the_reference(coils: np.ndarray, known: np.ndarray) -> tuple[float, float]:
    """Weighted least squares: a coordinate counts as much as it is alike in all speakers. Medians, for a coil may be false."""
    columns = known[_COLUMNS] & np.isfinite(coils[:, _COLUMNS]).any(axis=0)
    off = np.full(len(_COLUMNS), 0.0)
    off[columns] = _PLACE[columns] - np.nanmedian(coils[:, _COLUMNS[columns]], axis=0)
    weight = np.where(columns, _SPREAD**-2.0, 0)
    x, y = ((weight * off)[axis::2].sum() / weight[axis::2].sum() for axis in (0, 1))
    return float(x), float(y)


def _jumps(coils: np.ndarray) -> list[int]:
    """Indices of the first utterances after all coils, but one at most, were displaced alike; columns are x and y by turns."""
    if coils.shape[1] < 2 * SHARED:
        return []
    own = coils - np.nanmedian(coils, axis=0)
    filled = np.where(np.isfinite(own).any(axis=1, keepdims=True), own, 0)
    shared = np.stack([np.nanmedian(filled[:, axis::2], axis=1) for axis in (0, 1)], axis=1)
    candidates = sorted({at for axis in shared.T for at in regluings(axis, JUMP_MM)})
    found = []
    for near in _clusters(candidates):
        low, high = max(0, near[0] - AROUND), near[-1] + AROUND
        at = low + best_cut(shared[low:high])
        if _alike(own, at):
            found.append(at)
    return found


def _clusters(indices: list[int]) -> list[list[int]]:
    """Jumps of x and y at nearly one place are one."""
    clusters: list[list[int]] = []
    for at in indices:
        if clusters and at - clusters[-1][-1] < AROUND:
            clusters[-1].append(at)
        else:
            clusters.append([at])
    return clusters


def _alike(own: np.ndarray, at: int) -> bool:
    before, after = own[max(0, at - AROUND):at], own[at:at + AROUND]
    seen = (np.isfinite(before).any(axis=0) & np.isfinite(after).any(axis=0)).reshape(-1, 2).all(axis=1).repeat(2)
    step = np.nanmedian(after[:, seen], axis=0) - np.nanmedian(before[:, seen], axis=0)
    points = step.reshape(-1, 2)
    return int((np.abs(points - np.median(points, axis=0)) > JUMP_MM).any(axis=1).sum()) <= 1
