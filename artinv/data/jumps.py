"""Where the level of a channel jumps for good, as after a coil was glued anew or the head was set up again."""

import numpy as np

AROUND = 8
"""Utterances on each side of a jump whose medians are compared."""


def regluings(levels: np.ndarray, jump: float, half: int = AROUND) -> list[int]:
    """Indices at which a channel's level jumps for good.

    There the medians of the `half` utterances on both sides differ by more than `jump` and by more than six standard errors
    of such a difference.
    """
    if len(levels) < 2 * half:
        return []
    windows = np.median(np.lib.stride_tricks.sliding_window_view(levels, half), axis=1)
    step = np.abs(windows[half:] - windows[:-half])  # step[k]: between levels[k : k + half] and the `half` after them
    noise = 1.4826 * np.median(np.abs(np.diff(levels))) / np.sqrt(2) * 1.2533 * np.sqrt(2 / half)
    found = []
    while len(step) and step.max() > max(jump, 6 * noise):
        at = int(step.argmax())
        found.append(at + best_cut(levels[at : at + 2 * half]))
        step[max(0, at - half) : at + half] = 0
    return sorted(found)


def best_cut(levels: np.ndarray) -> int:
    """The index that divides a stretch, of one channel or of several side by side, into the two least scattered halves."""
    cuts = range(2, len(levels) - 1)
    return min(cuts, key=lambda cut: (levels[:cut].var(axis=0) * cut + levels[cut:].var(axis=0) * (len(levels) - cut)).sum())
