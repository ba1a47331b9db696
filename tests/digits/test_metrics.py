"""Each metric against its closed form or a slow oracle; sets that cannot be compared are refused."""

from itertools import combinations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from artinv.digits import metrics
from artinv.digits.metrics import Features
from artinv.runtime.errors import BadData


def features(values, probabilities=None, yardstick="one", scale="dB"):
    values = np.asarray(values, np.float64)
    chances = np.full((len(values), 10), 0.1) if probabilities is None else np.asarray(probabilities, np.float64)
    return Features(values, chances, yardstick, scale)


def of_moments(mean, covariance, count=40, seed=0):
    """Return points whose sample mean and sample covariance are exactly these."""
    draws = np.random.default_rng(seed).standard_normal((count, len(mean)))
    draws -= draws.mean(0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(draws, rowvar=False)), draws.T).T
    return features(white @ np.linalg.cholesky(covariance).T + mean)


def test_the_inception_score_is_1_for_unsure_10_for_sure_and_balanced_sounds_and_1_for_a_single_digit():
    sure = np.eye(10)[np.arange(30) % 10]
    assert metrics.inception_score(features(np.zeros((30, 2)), sure)) == pytest.approx(10)
    assert metrics.inception_score(features(np.zeros((30, 2)))) == pytest.approx(1)
    assert metrics.inception_score(features(np.zeros((30, 2)), np.eye(10)[np.zeros(30, int)])) == pytest.approx(1)


def test_the_inception_score_follows_its_closed_form():
    """The right digit has the probability q, the others share the rest; log IS = log 10 + q log q + (1 - q) log((1 - q) / 9)."""
    q = 0.7
    given = np.full((10, 10), (1 - q) / 9)
    np.fill_diagonal(given, q)
    expected = 10 * np.exp(q * np.log(q) + (1 - q) * np.log((1 - q) / 9))
    assert metrics.inception_score(features(np.zeros((10, 2)), given)) == pytest.approx(expected, rel=1e-12)


def test_the_frechet_distance_of_two_normal_distributions_with_diagonal_covariances_is_the_closed_form():
    first, second = np.array([1.0, 4.0, 9.0]), np.array([4.0, 0.25, 9.0])
    means = np.array([0.0, 1.0, -2.0]), np.array([3.0, 1.0, 0.5])
    expected = np.square(means[0] - means[1]).sum() + np.square(np.sqrt(first) - np.sqrt(second)).sum()
    seen = metrics.frechet_of_normals(means[0], np.diag(first), means[1], np.diag(second))
    assert seen == pytest.approx(expected, abs=1e-6)
    sets = of_moments(means[0], np.diag(first)), of_moments(means[1], np.diag(second), seed=1)
    assert metrics.frechet(*sets) == pytest.approx(expected, abs=1e-6)


def test_the_frechet_distance_uses_the_full_covariance():
    rng = np.random.default_rng(3)
    roots = rng.standard_normal((2, 5, 5))
    first, second = (root @ root.T + 0.1 * np.eye(5) for root in roots)
    means = rng.standard_normal((2, 5))
    expected = np.square(means[0] - means[1]).sum() + np.trace(first + second - 2 * np.real(sqrtm(first @ second)))
    seen = metrics.frechet(of_moments(means[0], first), of_moments(means[1], second, seed=1))
    assert seen == pytest.approx(expected, abs=1e-6)
    diagonal = np.square(means[0] - means[1]).sum() + np.square(np.sqrt(np.diag(first)) - np.sqrt(np.diag(second))).sum()
    assert abs(diagonal - expected) > 0.1


def test_the_frechet_distance_of_equal_sets_is_0_and_features_that_never_vary_are_no_fault():
    values = np.random.default_rng(0).standard_normal((20, 4)) * [1, 1, 0, 0]
    assert metrics.frechet(features(values), features(values)) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_of_fewer_sounds_than_features_is_that_of_singular_values():
    """The overlap of the covariances X'X and Y'Y of centred sets is the sum of the singular values of XY'."""
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((6, 30)), rng.standard_normal((6, 30)) + 0.5
    centred = first - first.mean(0), second - second.mean(0)
    overlap = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum() / 5
    expected = (np.square(first.mean(0) - second.mean(0)).sum() + sum(np.square(values).sum() for values in centred) / 5
                - 2 * overlap)
    assert metrics.frechet(features(first), features(second)) == pytest.approx(expected, abs=1e-6)


def test_the_kernel_distance_is_the_mean_over_pairs():
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((6, 3)), rng.standard_normal((5, 3)) + 1

    def kernel(x, y):
        return (x @ y / 3 + 1) ** 3

    within = [np.mean([kernel(x, y) for x, y in combinations(values, 2)]) for values in (first, second)]
    across = np.mean([kernel(x, y) for x in first for y in second])
    assert metrics.kernel_distance(features(first), features(second)) == pytest.approx(within[0] + within[1] - 2 * across)


def test_the_kernel_distance_is_without_bias():
    rng = np.random.default_rng(2)
    values = [metrics.kernel_distance(features(rng.standard_normal((30, 3))), features(rng.standard_normal((30, 3))))
              for _ in range(300)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(300)


def test_diversity_is_the_mean_distance_within_a_digit():
    values = [[0, 0], [3, 4], [10, 0], [10, 1], [10, 2], [7, 7]]
    digits = np.array([0, 0, 1, 1, 1, 2])
    assert metrics.diversity(features(values), digits) == pytest.approx((5 + 4 / 3) / 2)
    assert metrics.diversity(features(np.zeros((4, 2))), np.array([0, 0, 1, 1])) == 0
    assert np.isnan(metrics.diversity(features(values), np.arange(6)))


def test_the_nearest_training_point_is_found():
    rng = np.random.default_rng(4)
    points, training = rng.standard_normal((7, 3)), rng.standard_normal((9, 3))
    expected = [min(np.linalg.norm(point - other) for other in training) for point in points]
    np.testing.assert_allclose(metrics.nearest(points, training), expected)
    np.testing.assert_allclose(metrics.nearest(training[:2], training), 0, atol=1e-6)


def test_accuracy_is_the_share_of_the_likeliest_digits_that_are_right():
    sure = np.eye(10)[[1, 2, 3, 4]]
    assert metrics.accuracy(features(np.zeros((4, 2)), sure), np.array([1, 2, 3, 0])) == 0.75


@pytest.mark.parametrize("metric", [metrics.frechet, metrics.kernel_distance])
def test_features_of_another_yardstick_or_scale_are_refused(metric):
    first = features(np.random.default_rng(0).standard_normal((5, 2)))
    with pytest.raises(BadData, match=r"two yardsticks \(one, two\); compute both with one"):
        metric(first, Features(first.values, first.probabilities, "two", first.scale))
    other = Features(first.values, first.probabilities, "one", "linear")
    for pair, names in (((first, other), "'dB', 'linear'"), ((other, first), "'linear', 'dB'")):
        with pytest.raises(BadData, match=rf"levels on two scales \({names}\)"):
            metric(*pair)
