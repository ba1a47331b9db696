"""Detect permanent jumps in the level of a channel, for example after a coil was glued again or the head position changed."""

import numpy as np

AROUND = 8
"""Number of utterances on each side of a jump whose medians are compared."""


def regluings(levels: np.ndarray, jump: float, half: int = AROUND) -> list[int]:
    """Return the indices of the first utterances after permanent jumps of a channel's level.

    At a jump the medians of the `half` utterances on both sides differ by more than `jump` and by more than six standard errors
    of such a difference.
    """
    if len(levels) < 2 * half:
        return []
    windows = np.median(np.lib.stride_tricks.sliding_window_view(levels, half), axis=1)
    step = np.abs(windows[half:] - windows[:-half])  # step[k]: between levels[k : k + half] and the `half` after them
    noise = 1.4826 * np.median(np.abs(np.diff(levels))) / np.sqrt(2) * 1.2533 * np.sqrt(2 / half)
    jumps = []
    while len(step) and step.max() > max(jump, 6 * noise):
        largest = int(step.argmax())
        jumps.append(largest + best_cut(levels[largest : largest + 2 * half]))
        step[max(0, largest - half) : largest + half] = 0
    return sorted(jumps)


def best_cut(levels: np.ndarray) -> int:
    """Return the index that divides levels, of one channel or of several, into two parts with the least variance within them."""
    cuts = range(2, len(levels) - 1)
    return min(cuts, key=lambda cut: (levels[:cut].var(axis=0) * cut + levels[cut:].var(axis=0) * (len(levels) - cut)).sum())
