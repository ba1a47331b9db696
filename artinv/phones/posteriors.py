"""Posterior probabilities of phones where the words are unknown: forward-backward over a loop of phones."""

import numpy as np

SCALE = 0.1
"""Factor of the log-likelihoods, which are too certain because neighbouring frames are not independent.

From .06 to .15 the scores on people differ by less than .01; they are lower at .03 and at .3.
"""

STAY = 0.7
"""Probability of staying in a state for another frame of 10 ms."""


def posteriors(states: np.ndarray, scale: float = SCALE) -> np.ndarray:
    """Return (frames, phones) probabilities from (frames, phones, 3) log-likelihoods of states; any phone follows any other."""
    scaled = scale * (states - states.max(axis=(1, 2), keepdims=True)).astype(np.float64)
    frames, phones, _ = scaled.shape
    stay, move, enter = np.log(STAY), np.log1p(-STAY), -np.log(phones)
    forward, backward = np.full_like(scaled, -np.inf), np.zeros_like(scaled)
    forward[0, :, 0] = enter + scaled[0, :, 0]
    for frame in range(1, frames):
        before = forward[frame - 1]
        now = before + stay
        now[:, 0] = np.logaddexp(now[:, 0], np.logaddexp.reduce(before[:, -1]) + move + enter)
        now[:, 1:] = np.logaddexp(now[:, 1:], before[:, :-1] + move)
        forward[frame] = now + scaled[frame]
    for frame in range(frames - 2, -1, -1):
        after = backward[frame + 1] + scaled[frame + 1]
        now = after + stay
        now[:, :-1] = np.logaddexp(now[:, :-1], after[:, 1:] + move)
        now[:, -1] = np.logaddexp(now[:, -1], np.logaddexp.reduce(after[:, 0]) + enter + move)
        backward[frame] = now
    both = forward + backward
    weights = np.exp(both - both.max(axis=(1, 2), keepdims=True)).sum(axis=2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
