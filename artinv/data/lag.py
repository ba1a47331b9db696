"""How late an utterance's motion is against its sound: the shift at which moving articulators explain the changing spectrum."""

import numpy as np

from artinv.signal.mfcc import DELTA_WIDTH, cepstra, deltas

REACH = 0.15
"""s; shifts from -REACH to +REACH are tried."""

COUNT = 13
"""Cepstral coefficients whose change is explained."""

LEAST_FRAMES = 40
"""Frames that must remain at every shift for a fit by a dozen channels to mean anything."""


def estimate(decibels: np.ndarray, coils: np.ndarray, rate: float) -> tuple[float, float]:
    """(K, bands) log mel and (K, C) positions in mm at `rate` Hz -> seconds by which motion is late, share explained there.

    For every shift the velocities of all channels without gaps are fitted to the slope of each cepstral coefficient; the share of
    variance they explain, averaged over the coefficients, is greatest at the lag. One utterance gives a rough figure (10 ms), the
    median over a speaker a fine one. NaN where none can be given: too short, nothing moves, or no maximum within reach.
    """
    share, _ = shares(decibels, coils, rate, REACH)
    return peak(share, rate)


def peak(share: np.ndarray, rate: float) -> tuple[float, float]:
    """Where the shares at all shifts, in frames of `rate` Hz, are greatest: s, and the share there; NaN as in `estimate`."""
    if not len(share):
        return np.nan, np.nan
    best, reach = int(share.argmax()), len(share) // 2
    if best in (0, 2 * reach) or share[best] <= 0:
        return np.nan, np.nan
    before, here, after = (float(value) for value in share[best - 1:best + 2])
    bend = before - 2 * here + after
    vertex = (before - after) / (2 * bend) if bend < 0 else 0.0
    return (best + vertex - reach) / rate, here


def shares(decibels: np.ndarray, coils: np.ndarray, rate: float, reach: float) -> tuple[np.ndarray, int]:
    """The share explained at every shift from -`reach` to `reach` s, and the frames it comes from; nothing where these are too few.

    Averaged over a speaker's utterances, weighted by their frames, they show lags that are too long for a single utterance.
    """
    reach = round(reach * rate)
    coils = coils[:, ~np.isnan(coils).any(axis=0)]
    if len(coils) < 2 * reach + max(LEAST_FRAMES, DELTA_WIDTH) or coils.shape[1] == 0:
        return np.zeros(0), 0
    changes = deltas(cepstra(decibels, min(COUNT, decibels.shape[1])), 1)
    moves = deltas(coils, 1)[reach:len(coils) - reach]
    basis, size, _ = np.linalg.svd(moves - moves.mean(axis=0), full_matrices=False)
    basis = basis[:, size > 1e-4 * np.sqrt(len(moves))]  # mm a frame
    shifted = np.lib.stride_tricks.sliding_window_view(changes, len(moves), axis=0)  # (shifts, coefficients, frames)
    shifted = shifted - shifted.mean(axis=2, keepdims=True)
    explained = np.square(shifted @ basis).sum(axis=2) / np.maximum(np.square(shifted).sum(axis=2), 1e-9)
    return explained.mean(axis=1)[::-1], len(moves)  # late motion follows earlier sound
