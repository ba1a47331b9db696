"""Correlation of an utterance's motion with the motion predicted from its sound by the speaker's other utterances.

The predictor is a linear regression from the spectrum to the coils, trained on all utterances but one and tested on that one. Both
steps need only sums of products; recordings are neither kept nor read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artinv.signal.mfcc import cepstra

COUNT = 13
"""Number of cepstral coefficients."""

ASIDE = 0.03
"""Offset in s of the second and third spectrum of the input, before and after the frame."""

CHANNELS = 12
"""Number of coordinates of the six coils that every corpus has."""

LEAST_FRAMES = 40
"""Least number of frames of an utterance."""

LEAST = 12
"""Least number of other utterances with a channel for a prediction of its motion."""

PENALTY = 1e-3
"""Penalty on squared weights, relative to the variance of each input."""

STILL_MM = 0.05
"""Standard deviation in mm below which a channel does not move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Sums, over the frames of an utterance, of products of deviations from its means."""

    sound: np.ndarray  # (D, D) float32
    both: np.ndarray  # (D, CHANNELS) float32, mm
    motion: np.ndarray  # (CHANNELS,) float32, mm2; 0 where a channel has gaps or does not move


NOTHING = Moments(
    sound=np.zeros((3 * COUNT, 3 * COUNT), np.float32), both=np.zeros((3 * COUNT, CHANNELS), np.float32),
    motion=np.zeros(CHANNELS, np.float32),
)
"""Moments of an utterance that is too short or rejected."""


def moments(decibels: np.ndarray, coils: np.ndarray, rate: float) -> Moments:
    """Return the moments of an utterance.

    `decibels`: log mel spectra (K, bands); `coils`: (frames, channels) in mm at `rate` Hz, with frames <= K.
    """
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
    """Return the correlation of predicted and true motion, mean over channels, (utterances,); NaN if there are too few data."""
    sound = np.array([utterance.sound for utterance in utterances], float)
    both = np.array([utterance.both for utterance in utterances], float)
    motion = np.array([utterance.motion for utterance in utterances], float)
    known = motion > 0
    channels = np.flatnonzero(known.sum(axis=0) > LEAST)
    groups, group_of = np.unique(known[:, channels], axis=1, return_inverse=True)
    correlations: list[list[np.ndarray]] = [[] for _ in utterances]
    for number, usable in enumerate(groups.T):  # one regression for all channels that the same utterances have
        group = channels[group_of.ravel() == number]
        all_sound, all_both = sound[usable].sum(axis=0), both[usable][:, :, group].sum(axis=0)
        for index in np.flatnonzero(usable):
            others = all_sound - sound[index]
            weights = np.linalg.solve(others + PENALTY * np.diag(np.diag(others)), all_both - both[index][:, group])
            power = (weights * (sound[index] @ weights)).sum(axis=0) * motion[index, group]
            correlations[index].append((weights * both[index][:, group]).sum(axis=0) / np.sqrt(np.maximum(power, 1e-12)))
    return np.array([np.concatenate(each).mean() if each else np.nan for each in correlations])
