"""Alignment in time of two takes: pairs of times (s of the first, s of the second), between which time runs evenly."""

import numpy as np

from artinv.show.view.scene import Scene
from artinv.signal import endpoints, mfcc
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz

WAYS = {"none": "as recorded", "linear": "from the first to the last sound of speech", "dtw": "sound by sound"}
"""Ways to align two takes."""

Knots = list[tuple[float, float]]

_HOP = 160  # samples at 16 kHz
_CEPSTRA = 12
_MOST_CELLS = 1_500_000  # of the table of dynamic time warping; longer takes are compared in longer steps
_EVERY = 0.05  # s between two pairs of times


def speech(scene: Scene) -> tuple[float, float]:
    """Return start and end of the speech in s, from the labels or the sound; the whole sound if none is detected."""
    found = endpoints.from_labels(scene.phones)
    if found is None:
        found = endpoints.from_sound(_spectra(scene, BANDS), SOUND_RATE / _HOP)
    start, end = found or (0.0, scene.seconds)
    start = min(max(start, 0.0), scene.seconds)
    return start, min(max(end, start), scene.seconds)


def knots(first: Scene, second: Scene, way: str) -> Knots:
    """Return the pairs of times for one of WAYS; empty if the takes stay as recorded."""
    if way == "none":
        return []
    if way == "linear":
        (start, end), (other_start, other_end) = speech(first), speech(second)
        return [(0.0, 0.0), (start, other_start), (end, other_end), (first.seconds, second.seconds)]
    return _warped(first, second)


def mapped(pairs: Knots, times: np.ndarray) -> np.ndarray:
    """Return the times of the second take for `times` of the first."""
    return np.interp(times, *np.array(pairs).T) if pairs else np.asarray(times, float)


def _warped(first: Scene, second: Scene) -> Knots:
    """Return the pairs of times on the path with the least sum of distances between the cepstra of the takes."""
    one, two = _cepstra(first), _cepstra(second)
    step = max(1, int(np.ceil(np.sqrt(len(one) * len(two) / _MOST_CELLS))))
    path = best_path(_distances(one[::step], two[::step]))
    seconds = step * _HOP / SOUND_RATE
    times, last = [(0.0, 0.0)], -np.inf
    for i, j in path:
        if i * seconds - last >= _EVERY:
            last = i * seconds
            times.append((last, j * seconds))
    pairs = np.array([*times[1:], (first.seconds, second.seconds)])
    pairs = np.minimum(pairs, (first.seconds, second.seconds))
    return [(0.0, 0.0), *((round(float(a), 3), round(float(b), 3)) for a, b in pairs)]


def best_path(distances: np.ndarray) -> list[tuple[int, int]]:
    """Return the cells of the path through (rows, columns) from corner to corner with the least sum; a diagonal counts once."""
    rows, columns = distances.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(2, rows + columns + 1):
        i = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        j = diagonal - i
        before = np.minimum(np.minimum(total[i - 1, j], total[i, j - 1]), total[i - 1, j - 1])
        total[i, j] = distances[i - 1, j - 1] + before
    i, j = rows, columns
    path = []
    while i > 0 and j > 0:
        path.append((i - 1, j - 1))
        steps = ((i - 1, j - 1), (i - 1, j), (i, j - 1))
        i, j = min(steps, key=lambda cell: total[cell])
    return path[::-1]


def _distances(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances of all frames of two takes, (frames, frames)."""
    squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * one @ two.T
    return np.sqrt(np.maximum(squares, 0.0))


def _cepstra(scene: Scene) -> np.ndarray:
    """Return normalized cepstra without the level, (frames, _CEPSTRA)."""
    values = mfcc.cepstra(_spectra(scene, 40), _CEPSTRA + 1)[:, 1:].astype(float)
    return (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-3)


def _spectra(scene: Scene, bands: int) -> np.ndarray:
    sound = np.asarray(at_16_khz(scene.sound, scene.sound_rate), np.float32)
    return mfcc.log_mel(sound, SOUND_RATE, _HOP, WINDOW, bands)
