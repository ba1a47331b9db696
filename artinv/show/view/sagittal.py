"""Midsagittal plane: coil positions and outline of the palate."""

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


def typical(first: float = 1.45, last: float = 2.97, count: int = 60) -> np.ndarray:
    """Return a typical palate, (count, 2) mm: the mean of the synthesizer's adult woman and man, in articulograph coordinates.

    It runs from `first` to `last` in the coordinate s of `artinv.synth.tract`: 1 rear wall of the pharynx, 3 upper incisors.
    """
    outline = np.mean([wall(head, np.linspace(first, last, count))[0] for head in (FEMALE, MALE)], axis=0)
    session = Articulograph(rotation=-2.0, shift=(0.0, -2.0))
    return session.place(np.tile(outline, (1, 7)))[:, :2].astype(float)


def _rolled(x: np.ndarray, top: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the heights, at `grid`, of the centre of a ball that rests on the points (x, top)."""
    distance = np.abs(grid[:, None] - x)
    rise = np.sqrt(np.maximum(_BALL**2 - distance**2, 0))
    return np.where(distance <= _BALL, top + rise, -np.inf).max(axis=1)
