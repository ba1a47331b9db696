"""Estimate the lag of the motion behind the sound: the shift at which articulator velocities best explain spectral change."""

import numpy as np

from artinv.signal.mfcc import DELTA_WIDTH, cepstra, deltas

REACH = 0.15
"""s; the estimate tries shifts from -REACH to +REACH."""

COUNT = 13
"""Number of cepstral coefficients in the regression."""

LEAST_FRAMES = 40
"""Least number of frames at every shift for a meaningful regression on a dozen channels."""


def peak(share: np.ndarray, rate: float) -> tuple[float, float]:
    """Return the lag in s, the shift at which the explained fraction is greatest, and this fraction; frames at `rate` Hz.

    One utterance gives a rough estimate (10 ms), the median over a speaker a precise one. NaN if the utterance is too short, nothing
    moves, or there is no maximum within reach.
    """
    if not len(share):
        return np.nan, np.nan
    best, reach = int(share.argmax()), len(share) // 2
    if best in (0, 2 * reach) or share[best] <= 0:
        return np.nan, np.nan
    before, maximum, after = (float(value) for value in share[best - 1:best + 2])
    curvature = before - 2 * maximum + after
    vertex = (before - after) / (2 * curvature) if curvature < 0 else 0.0
    return (best + vertex - reach) / rate, maximum


def explained_fractions(decibels: np.ndarray, coils: np.ndarray, rate: float, reach: float) -> tuple[np.ndarray, int]:
    """Return the explained fraction at every shift from -`reach` to `reach` s and the number of frames; empty if too few frames.

    `decibels` are (K, bands) log mel, `coils` (K, C) mm, both at `rate` Hz. For every shift the slope of each cepstral coefficient
    is regressed on the velocities of all channels without gaps; the fraction of explained variance is averaged over coefficients.
    The average over a speaker's utterances, weighted by their frames, shows lags that are too long for a single utterance.
    """
    reach = round(reach * rate)
    coils = coils[:, ~np.isnan(coils).any(axis=0)]
    if len(coils) < 2 * reach + max(LEAST_FRAMES, DELTA_WIDTH) or coils.shape[1] == 0:
        return np.zeros(0), 0
    changes = deltas(cepstra(decibels, min(COUNT, decibels.shape[1])), 1)
    moves = deltas(coils, 1)[reach:len(coils) - reach]
    basis, size, _ = np.linalg.svd(moves - moves.mean(axis=0), full_matrices=False)
    basis = basis[:, size > 1e-4 * np.sqrt(len(moves))]  # mm per frame
    shifted = np.lib.stride_tricks.sliding_window_view(changes, len(moves), axis=0)  # (shifts, coefficients, frames)
    shifted = shifted - shifted.mean(axis=2, keepdims=True)
    explained = np.square(shifted @ basis).sum(axis=2) / np.maximum(np.square(shifted).sum(axis=2), 1e-9)
    return explained.mean(axis=1)[::-1], len(moves)  # late motion follows earlier sound
