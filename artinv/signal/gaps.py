"""Lost and false samples of the coils: found, and bridged where the gap is short. Every channel stands alone.

A false sample is one that no articulator can have reached: off the local median by more than any acceleration explains, or
between two leaps faster than any tongue. It becomes NaN and is from then on treated like a sample the tracker lost.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage

LEAN = 0.04
"""s of motion on either side of a gap from which its slope there is taken."""

MEDIAN = 0.04
"""s; a spike is shorter than half of this window, or than half of the five samples it has at least."""

MAD = 1.4826
"""Standard deviations of a normal distribution in one median absolute deviation."""


def runs(mask: np.ndarray) -> np.ndarray:
    """(n, 2) first and last + 1 of every run of True.

    >>> runs(np.array([True, False, True, True])).tolist()
    [[0, 1], [2, 4]]
    """
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)


def false_samples(coils: np.ndarray, rate: float, spike_mm: float, spike_ratio: float, speed_mm: float) -> np.ndarray:
    """(T, C) positions in mm at `rate` Hz -> True where a sample cannot be motion.

    A spike lies off the local median by more than `spike_mm` and than `spike_ratio` robust standard deviations of the channel
    about it; an excursion lies between two opposite leaps faster than `speed_mm` mm/s.
    """
    false = np.zeros(coils.shape, bool)
    for channel, x in enumerate(coils.T):
        valid = ~np.isnan(x)
        if valid.sum() < 5:
            continue
        times = np.arange(len(x))
        filled = x if valid.all() else np.interp(times, times[valid], x[valid])
        found = _spikes(filled, valid, rate, spike_mm, spike_ratio)
        _mark_excursions(found, filled, valid, spike_mm, speed_mm / rate)
        false[:, channel] = found
    return false


def fill(coils: np.ndarray, rate: float, max_gap: float) -> tuple[np.ndarray, int]:
    """Bridge gaps of up to `max_gap` s that have motion on both sides; also returns how many samples were bridged.

    The bridge is the cubic that meets the last sample before and the first after the gap with the slopes the motion has there. On
    a real sentence it is off by 0.1 mm after 50 ms, 0.3 mm after 100 ms, which is a tracker's own error, and 0.8 mm after 200 ms.
    """
    filled, bridged, span = coils.copy(), 0, max(2, round(LEAN * rate))
    for channel in np.flatnonzero(np.isnan(coils).any(axis=0)):
        x = coils[:, channel]
        for start, stop in runs(np.isnan(x)):
            if start == 0 or stop == len(x) or stop - start > max_gap * rate + 1e-6:
                continue
            before, after = x[max(0, start - span):start], x[stop:stop + span]
            filled[start:stop, channel] = _bridge(before, after, stop - start)
            bridged += stop - start
    return filled, int(bridged)


def _spikes(x: np.ndarray, valid: np.ndarray, rate: float, spike_mm: float, spike_ratio: float) -> np.ndarray:
    window = max(5, round(MEDIAN * rate) // 2 * 2 + 1)
    off = np.abs(x - ndimage.median_filter(x, window, mode="mirror"))
    if off.max() <= spike_mm:
        return np.zeros(len(x), bool)
    limit = max(spike_mm, spike_ratio * MAD * float(np.median(off[valid])))
    return valid & ndimage.binary_propagation(off > limit, mask=off > limit / 3)


def _mark_excursions(found: np.ndarray, x: np.ndarray, valid: np.ndarray, least: float, reach: float) -> None:
    """Add to `found` what lies between a leap and the leap back, where that is the smaller part of the utterance.

    A leap is a step of more than `least` mm and more than `reach` mm a sample.
    """
    kept = np.flatnonzero(valid & ~found)
    steps = np.diff(x[kept])
    begin = None
    for here in np.flatnonzero(np.abs(steps) > np.maximum(least, reach * np.diff(kept))):
        if begin is not None:
            there, back = steps[begin], steps[here]
            if abs(there + back) < min(abs(there), abs(back)) / 2 and kept[here] - kept[begin] < len(x) / 2:
                found[kept[begin] + 1:kept[here] + 1] = valid[kept[begin] + 1:kept[here] + 1]
                begin = None
                continue
        begin = here


def _bridge(before: np.ndarray, after: np.ndarray, length: int) -> np.ndarray:
    """Hermite cubic over `length` missing samples."""
    left, right = _slope(before[::-1]), _slope(after)
    across = length + 1
    u = np.arange(1, across) / across
    start, end = before[-1], after[0]
    return (
        (1 + 2 * u) * (1 - u) ** 2 * start - u * (1 - u) ** 2 * across * left
        + u**2 * (3 - 2 * u) * end + u**2 * (u - 1) * across * right
    )


def _slope(outwards: np.ndarray) -> float:
    """Change per sample at the gap's edge, away from the gap; lost samples further out end what is looked at."""
    lost = np.flatnonzero(np.isnan(outwards))
    seen = outwards[:lost[0]] if len(lost) else outwards
    if len(seen) < 2:
        return 0.0
    return float(_slope_weights(len(seen)) @ seen)


@lru_cache(maxsize=64)
def _slope_weights(samples: int) -> np.ndarray:
    """The slope at the first of some samples by the parabola (the line, for fewer than four) that fits them best."""
    powers = np.vander(np.arange(samples), 3 if samples > 3 else 2, increasing=True)
    return np.linalg.pinv(powers)[1]
