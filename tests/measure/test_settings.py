"""Metrics of settings agree with slow definitions, and have their closed forms for perfect, worst and random scores."""

import numpy as np
import pytest

from artinv.measure import settings


def slow_rank(scores, true):
    """The share of the other levels that the true one beats, one comparison at a time."""
    valid = [score for score in scores if score != -np.inf]
    beaten = [score for number, score in enumerate(valid) if number != true and score <= scores[true]]
    return sum(1.0 if score < scores[true] else 0.5 for score in beaten) / (len(valid) - 1)


@pytest.fixture
def scores():
    """Scores with ties, of one parameter with 5 levels and one with 3."""
    values = np.random.default_rng(0).integers(0, 4, (40, 2, 5)).astype(float)
    values[:, 1, 3:] = -np.inf
    return values, np.random.default_rng(1).integers(0, [5, 3], (40, 2))


def test_the_percentile_rank_equals_the_slow_definition(scores):
    values, truth = scores
    slow = [[slow_rank(values[n, p], truth[n, p]) for p in range(2)] for n in range(40)]
    np.testing.assert_allclose(settings.percentile_rank(values, truth), slow)


def test_perfect_scores_rank_1_inverted_ones_0_and_random_or_constant_ones_half():
    truth = np.random.default_rng(2).integers(0, 16, (5000, 3))
    perfect = np.eye(16)[truth]
    assert settings.percentile_rank(perfect, truth).min() == 1
    assert settings.percentile_rank(-perfect, truth).max() == 0
    assert (settings.percentile_rank(np.zeros_like(perfect), truth) == 0.5).all()
    noise = np.random.default_rng(3).standard_normal(perfect.shape)
    assert settings.percentile_rank(noise, truth).mean() == pytest.approx(0.5, abs=0.01)


def test_top_k_equals_a_sorted_list_and_grows_with_k(scores):
    values, truth = scores
    for k in (1, 2, 3):
        slow = [[truth[n, p] in sorted(range(5), key=lambda level: (-values[n, p, level], level))[:k] for p in range(2)]
                for n in range(40)]
        assert (settings.within_best(values, truth, k) == np.array(slow)).all()
    assert settings.within_best(values, truth, 5).all()


def test_a_masked_mean_ignores_what_is_masked():
    values, mask = np.random.default_rng(4).standard_normal((30, 4)), np.random.default_rng(5).random((30, 4)) < 0.4
    mask[:, 3] = False
    values[~mask] = np.nan
    expected = [values[mask[:, p], p].mean() for p in range(3)]
    np.testing.assert_allclose(settings.masked_mean(values, mask)[:3], expected)
    assert np.isnan(settings.masked_mean(values, mask)[3])
