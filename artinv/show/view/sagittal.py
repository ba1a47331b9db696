"""Midsagittal view: coil positions, tongue curve and palate outline."""

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_filter1d

from artinv.core.channels import CHANNELS, TITLES
from artinv.synth.speaker.recorder import Articulograph
from artinv.synth.tract.anatomy import FEMALE, MALE, wall

TONGUE = ("tt", "tb", "td")
"""Tongue coils from front to back."""

COILS = (*TONGUE, "li", "ul", "ll", "v")
NAMES = {coil: TITLES[f"{coil}_x"].removesuffix(" x").removeprefix("tongue ") for coil in COILS}

_BALL = 15.0  # mm, radius of the ball that rolls over the tongue positions
_STEP = 0.5  # mm
_SMOOTH = 2.0  # mm, standard deviation of the smoothing along the curve
_ROBUST = 0.995  # quantile of the heights at one x, to ignore a few erroneous frames
_RARE = 0.002  # minimum share of all positions for an interval of x to count as visited


def points(motion: np.ndarray, coil: str) -> np.ndarray:
    """Return the positions of one coil: (frames, 18) -> (frames, 2) mm."""
    first = CHANNELS.index(f"{coil}_x")
    return motion[:, first:first + 2]


def envelope(motion: np.ndarray) -> np.ndarray:
    """Return the upper envelope of the tongue coils, from back to front: (frames, 18) -> (points, 2) mm; empty without tongue data.

    The envelope is traced by a ball that rolls over all positions of the coils, so that gaps narrower than the ball are closed.
    It is close to the palate where the tongue touched it, and below it elsewhere. The highest 0.5 % of the positions at one x
    count as errors and the curve is smoothed, so single frames may lie above it.
    """
    positions = np.concatenate([points(motion, coil) for coil in TONGUE])
    positions = positions[np.isfinite(positions).all(axis=1)]
    if len(positions) < 3:
        return np.zeros((0, 2))
    column = np.floor(positions[:, 0] / (2 * _STEP)).astype(int)
    start, counts = column.min(), np.bincount(column - column.min())
    visited = np.flatnonzero(counts >= max(1, _RARE * len(positions)))
    x = (visited + start + 0.5) * 2 * _STEP
    top = np.array([np.quantile(positions[column - start == index, 1], _ROBUST) for index in visited])
    grid = np.arange(x[0], x[-1] + _STEP / 2, _STEP)
    wide = np.arange(x[0] - _BALL, x[-1] + _BALL + _STEP / 2, _STEP)
    centres = _rolled(x, top, wide)
    return np.stack([grid, gaussian_filter1d(-_rolled(wide, -centres, grid), _SMOOTH / _STEP, mode="nearest")], axis=1)


def typical() -> np.ndarray:
    """Return a typical palate, (points, 2) mm: the mean of the synthesizer's adult woman and man, in articulograph coordinates."""
    outline = np.mean([wall(head, np.linspace(1.45, 2.97, 60))[0] for head in (FEMALE, MALE)], axis=0)
    session = Articulograph(rotation=-2.0, shift=(0.0, -2.0))
    return session.place(np.tile(outline, (1, 7)))[:, :2].astype(float)


def bounds(outlines: Iterable[np.ndarray], margin: float = 11.0) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top in mm of all outlines, each (..., 2), with a margin."""
    places = np.concatenate([outline.reshape(-1, 2) for outline in outlines])
    places = places[np.isfinite(places).all(axis=1)]
    if not len(places):
        return -80.0, -50.0, 30.0, 20.0
    (left, bottom), (right, top) = places.min(axis=0) - margin, places.max(axis=0) + margin
    return float(left), float(bottom), float(right), float(top)


def curve(knots: np.ndarray, count: int = 40) -> np.ndarray:
    """Return the natural cubic spline through up to three knots, (k, 2) -> (count, 2), parametrized by chord length; ignore NaN."""
    knots = knots[np.isfinite(knots).all(axis=1)]
    lengths = np.linalg.norm(np.diff(knots, axis=0), axis=1)
    if len(knots) < 2 or not (lengths > 0).all():
        return knots
    if len(knots) == 2:
        return np.linspace(knots[0], knots[1], count)
    before, after = lengths
    slopes = np.diff(knots, axis=0) / lengths[:, None]
    bend = 3 * (slopes[1] - slopes[0]) / (before + after)  # second derivative in the middle; 0 at both ends
    t = np.linspace(0, before + after, count)[:, None]
    back = np.clip(t - before, 0, None)
    first = knots[0] + t * (slopes[0] - before * bend / 6) + bend * t**3 / (6 * before)
    second = knots[1] + back * (slopes[1] - after * bend / 3) + bend * back**2 / 2 - bend * back**3 / (6 * after)
    return np.where(t <= before, first, second)


def _rolled(x: np.ndarray, top: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the heights, at `grid`, of the centre of a ball that rests on the points (x, top)."""
    distance = np.abs(grid[:, None] - x)
    rise = np.sqrt(np.maximum(_BALL**2 - distance**2, 0))
    return np.where(distance <= _BALL, top + rise, -np.inf).max(axis=1)
