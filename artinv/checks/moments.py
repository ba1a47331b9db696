"""How well an utterance's motion follows its sound, judged by the same speaker's other utterances.

A linear regression from the spectrum to the coils is learned from all utterances but one, and what it predicts is compared with
what moved in that one. Sums of products are enough for both: no recording has to be kept or read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.signal.mfcc import cepstra

COUNT = 13
"""Cepstral coefficients that are looked at."""

ASIDE = 0.03
"""s; the spectrum is looked at here, that much before, and that much after."""

CHANNELS = 12
"""Coordinates of the six coils that every corpus has."""

LEAST_FRAMES = 40
"""Frames of an utterance of which something can be said."""

LEAST = 12
"""Utterances that know a channel, from which its motion can be learned."""

PENALTY = 1e-3
"""On squared weights, as a share of each input's variance."""

STILL_MM = 0.05
"""Standard deviation below which a channel does not move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Sums over an utterance's frames of products of what deviates from its means."""

    sound: np.ndarray  # (D, D) float32
    both: np.ndarray  # (D, CHANNELS) float32, mm
    motion: np.ndarray  # (CHANNELS,) float32, mm2; 0 where a channel has gaps or does not move


NOTHING = Moments(
    sound=np.zeros((3 * COUNT, 3 * COUNT), np.float32), both=np.zeros((3 * COUNT, CHANNELS), np.float32),
    motion=np.zeros(CHANNELS, np.float32),
)
"""Of an utterance that is too short or unfit."""


def moments(decibels: np.ndarray, coils: np.ndarray, rate: float) -> Moments:
    """(K, bands) log mel, at least as many frames as (K, C) positions in mm at `rate` Hz."""
    if len(coils) < LEAST_FRAMES:
        return NOTHING
    aside = max(1, round(ASIDE * rate))
    padded = np.pad(cepstra(decibels[:len(coils)], COUNT).astype(float), ((aside, aside), (0, 0)), mode="edge")
    sound = np.hstack([padded[start:start + len(coils)] for start in (0, aside, 2 * aside)])
    motion = coils[:, :CHANNELS].astype(float)
    usable = np.isfinite(motion).all(axis=0)
    motion = np.where(usable, motion, 0.0)
    sound, motion = sound - sound.mean(axis=0), motion - motion.mean(axis=0)
    motion[:, motion.std(axis=0) < STILL_MM] = 0.0
    sums = sound.T @ sound, sound.T @ motion, np.square(motion).sum(axis=0)
    return Moments(**{name: value.astype(np.float32) for name, value in zip(("sound", "both", "motion"), sums, strict=True)})


def follows(utterances: Sequence[Moments]) -> np.ndarray:
    """(utterances,) correlation of predicted and true motion, mean over channels; NaN where nothing can be said."""
    sound = np.array([one.sound for one in utterances], float)
    both = np.array([one.both for one in utterances], float)
    motion = np.array([one.motion for one in utterances], float)
    known = motion > 0
    channels = np.flatnonzero(known.sum(axis=0) > LEAST)
    groups, group_of = np.unique(known[:, channels], axis=1, return_inverse=True)
    found: list[list[np.ndarray]] = [[] for _ in utterances]
    for number, there in enumerate(groups.T):  # channels that the same utterances know are learned together
        own = channels[group_of.ravel() == number]
        all_sound, all_both = sound[there].sum(axis=0), both[there][:, :, own].sum(axis=0)
        for index in np.flatnonzero(there):
            others = all_sound - sound[index]
            weights = np.linalg.solve(others + PENALTY * np.diag(np.diag(others)), all_both - both[index][:, own])
            power = (weights * (sound[index] @ weights)).sum(axis=0) * motion[index, own]
            found[index].append((weights * both[index][:, own]).sum(axis=0) / np.sqrt(np.maximum(power, 1e-12)))
    return np.array([np.concatenate(each).mean() if each else np.nan for each in found])
