"""Removal of a factor from the values of a layer by an affine map, with the least change of the values."""

import numpy as np

from artinv.factors.layers.taps import Edit

_SMALL = 1e-6
"""Share of the largest variance below which a direction counts as constant."""


def erase(values: np.ndarray, kinds: np.ndarray, rank: int) -> Edit:
    """Return the map after which no linear map tells the kinds apart (LEACE, Belrose 2023); `rank` limits the directions removed.

    In whitened space the means of the kinds span a subspace; its `rank` strongest directions are projected out. With as many
    directions as kinds less one, all means become equal.
    """
    mean, whiten, colour = _whitening(values)
    names, places = np.unique(kinds, return_inverse=True)
    counts = np.bincount(places)
    means = np.stack([values[places == number].mean(0) for number in range(len(names))]) - mean
    directions = np.linalg.svd((means * np.sqrt(counts / counts.sum())[:, None]) @ whiten, full_matrices=False)[2]
    return _projection(mean, whiten, colour, directions[:min(rank, len(names) - 1)])


def erase_random(values: np.ndarray, rank: int, rng: np.random.Generator) -> Edit:
    """Return a map that removes as many random directions of whitened space: the control.

    The directions lie among those in which values vary, also where values depend linearly on others; no more can be removed.
    """
    mean, whiten, colour = _whitening(values)
    varying = whiten @ colour  # the projection onto the directions that vary
    drawn = rng.standard_normal((values.shape[1], min(rank, round(np.trace(varying)))))
    return _projection(mean, whiten, colour, np.linalg.qr(varying @ drawn)[0].T)


def centre(values: np.ndarray, own: np.ndarray) -> Edit:
    """Return the shift that gives a speaker's own values the mean of `values`."""
    return Edit(np.eye(values.shape[1]), values.mean(0) - own.mean(0))


def _projection(mean: np.ndarray, whiten: np.ndarray, colour: np.ndarray, directions: np.ndarray) -> Edit:
    matrix = np.eye(len(mean)) - whiten @ directions.T @ directions @ colour
    return Edit(matrix, mean - mean @ matrix)


def _whitening(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean, and symmetric maps to whitened space and back; constant directions map to 0."""
    mean = values.mean(0)
    variances, axes = np.linalg.eigh(np.cov(values - mean, rowvar=False, bias=True))
    used = variances > _SMALL * variances.max()
    roots = np.sqrt(np.where(used, variances, 1))
    return mean, (axes * np.where(used, 1 / roots, 0)) @ axes.T, (axes * np.where(used, roots, 0)) @ axes.T
