"""Metrics of generated sounds, from the features that one classifier, the yardstick, computes of them.

Every metric that compares two sets refuses features of two yardsticks, or of levels on two scales.
"""

from dataclasses import dataclass

import numpy as np

from artinv.runtime.errors import BadData

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Features:
    """What the yardstick computes of sounds."""

    values: np.ndarray  # (N, D) float64, its last hidden layer
    probabilities: np.ndarray  # (N, 10) float64
    yardstick: str  # identifies the classifier
    scale: str  # of the levels that it was given

    def only(self, chosen: np.ndarray | slice) -> "Features":
        """Return the features of some of the sounds."""
        return Features(self.values[chosen], self.probabilities[chosen], self.yardstick, self.scale)


def inception_score(features: Features) -> float:
    """Return exp of the mean divergence of p(digit | sound) from p(digit): 1 for noise, 10 for sure and balanced digits."""
    given = np.maximum(features.probabilities, _TINY)
    divergence = (given * (np.log(given) - np.log(given.mean(0)))).sum(1)
    return float(np.exp(divergence.mean()))


def accuracy(features: Features, digits: np.ndarray) -> float:
    """Return the share of sounds that the yardstick recognizes as the digit that they should be."""
    return float((features.probabilities.argmax(1) == digits).mean())


def frechet(first: Features, second: Features) -> float:
    """Return the Fréchet distance of the normal distributions with mean and full covariance of two sets of features."""
    _agree(first, second)
    means = [features.values.mean(0) for features in (first, second)]
    covariances = [np.cov(features.values, rowvar=False) for features in (first, second)]
    return frechet_of_normals(means[0], covariances[0], means[1], covariances[1])


def frechet_of_normals(first_mean: np.ndarray, first: np.ndarray, second_mean: np.ndarray, second: np.ndarray) -> float:
    """Return |m - n|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2) for two normal distributions (m, A) and (n, B)."""
    root = _root(first)
    product = np.linalg.eigvalsh(root @ second @ root)
    overlap = np.sqrt(np.maximum(product, 0)).sum()
    return float(np.square(first_mean - second_mean).sum() + np.trace(first) + np.trace(second) - 2 * overlap)


def kernel_distance(first: Features, second: Features) -> float:
    """Return the kernel distance (KID): the unbiased squared discrepancy with the kernel (x y / D + 1)^3; 0 for equal sets."""
    _agree(first, second)
    size = first.values.shape[1]
    within = [_off_diagonal((features.values @ features.values.T / size + 1) ** 3) for features in (first, second)]
    across = float(((first.values @ second.values.T / size + 1) ** 3).mean())
    return within[0] + within[1] - 2 * across


def diversity(features: Features, digits: np.ndarray) -> float:
    """Return the mean distance between two sounds of one digit, averaged over digits; 0 where all sounds of a digit are equal."""
    means = []
    for digit in np.unique(digits):
        values = features.values[digits == digit]
        if len(values) > 1:
            means.append(_off_diagonal(_distances(values, values)))
    return float(np.mean(means)) if means else float("nan")


def nearest(points: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return the distance (N,) of each point (N, D) to the nearest training point (M, D)."""
    return _distances(points, training).min(1)


def _distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances (N, M) of points (N, D) and (M, D)."""
    squares = np.square(first).sum(1)[:, None] + np.square(second).sum(1) - 2 * first @ second.T
    return np.sqrt(np.maximum(squares, 0))


def _off_diagonal(matrix: np.ndarray) -> float:
    """Return the mean of the elements of a square matrix beside its diagonal."""
    count = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (count * (count - 1)))


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return the symmetric square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _agree(first: Features, second: Features) -> None:
    """Reject sets of features that cannot be compared."""
    if first.scale != second.scale:
        raise BadData(f"features of levels on two scales ('{first.scale}', '{second.scale}'); compute both on one scale")
    if first.yardstick != second.yardstick:
        raise BadData(f"features of two yardsticks ({first.yardstick}, {second.yardstick}); compute both with one")
