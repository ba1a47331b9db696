"""Linear probes against scikit-learn, and removal of a factor against its closed properties."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from artinv.factors.layers import erasure, probes


def draws(points=400, width=8, kinds=5, seed=0, distance=1.5):
    """Return values around a centre for each kind, with correlated noise."""
    rng = np.random.default_rng(seed)
    names = rng.integers(kinds, size=points)
    noise = rng.normal(size=(points, width)) @ rng.normal(size=(width, width))
    return distance * rng.normal(size=(kinds, width))[names] + noise, names


def test_ridge_agrees_with_scikit_learn():
    values, names = draws()
    weights = 1 + names / 3
    targets = values[:, :2] ** 2
    own = probes.ridge(values[:300], targets[:300], values[300:], 0.1, weights[:300])
    alike = Ridge(alpha=0.1 * weights[:300].sum())
    centre = np.average(values[:300], 0, weights[:300])
    scale = np.sqrt(np.average((values[:300] - centre) ** 2, 0, weights[:300]))
    expected = alike.fit((values[:300] - centre) / scale, targets[:300], sample_weight=weights[:300]).predict(
        (values[300:] - centre) / scale)
    np.testing.assert_allclose(own, expected, atol=1e-9)


def test_a_constant_value_changes_nothing():
    values, _ = draws()
    more = np.hstack([values, np.full((400, 1), 3.0)])
    targets = values[:, :1] ** 2
    np.testing.assert_allclose(probes.ridge(more, targets, more, 0.1), probes.ridge(values, targets, values, 0.1), atol=1e-9)


def test_distant_kinds_are_told_apart_and_shuffled_names_are_not():
    values, names = draws(distance=20)
    assert probes.classify(values[:200], names[:200], values[200:], names[200:], 0.01) > 0.9
    shuffled = np.random.default_rng(1).permutation(names)
    assert abs(probes.classify(values[:200], shuffled[:200], values[200:], shuffled[200:], 0.01)) < 0.1


def test_a_factor_that_only_the_group_reveals_is_not_found_across_groups():
    """Each group has its own place; three of six groups belong to one kind, at random places."""
    groups = np.repeat(np.arange(6), 50)
    values = np.eye(6)[groups] + 0.1 * np.random.default_rng(0).normal(size=(300, 6))
    kinds = groups % 2
    assert probes.classify(values[::2], kinds[::2], values[1::2], kinds[1::2], 0.01) > 0.95
    assert probes.classify_across(values, kinds, groups, 0.01) < 0.2
    assert probes.classify_across(values + 5 * kinds[:, None], kinds, groups, 0.01) > 0.95


def test_prediction_across_groups_agrees_with_a_loop():
    values, groups = draws(kinds=6, distance=1.0)
    kinds = (groups + np.random.default_rng(0).integers(2, size=400)) % 3
    right = np.zeros(400, bool)
    for group in range(6):
        own = groups == group
        _, places = np.unique(kinds[~own], return_inverse=True)
        weights = 1 / np.bincount(places)[places]
        scores = probes.ridge(values[~own], np.eye(3)[places], values[own], 0.05, weights / weights.mean())
        right[own] = scores.argmax(1) == kinds[own]
    accuracy = np.mean([right[kinds == kind].mean() for kind in range(3)])
    assert probes.classify_across(values, kinds, groups, 0.05) == pytest.approx((accuracy - 1 / 3) / (2 / 3))


def test_missing_targets_are_left_out():
    values, _ = draws()
    targets = np.stack([values[:, 0], values[:, 1], np.full(400, np.nan)], 1)
    targets[:100, 1] = np.nan
    scores = probes.predict(values[:300], targets[:300], values[300:], targets[300:], 1e-6)
    np.testing.assert_allclose(scores[:2], 1, atol=1e-6)
    assert np.isnan(scores[2])
    targets[1:300, 0] = np.nan
    assert np.isnan(probes.predict(values[:300], targets[:300], values[300:], targets[300:], 1e-6)[0]), "one point is known"
    targets[301:, 1] = np.nan
    assert np.isnan(probes.predict(values[:300], targets[:300], values[300:], targets[300:], 1e-6)[1]), "one point is tested"


def test_kinds_that_were_not_trained_have_no_score():
    values, names = draws()
    assert np.isnan(probes.classify(values[:200], names[:200], values[200:], names[200:] + 10, 0.01))


def test_nothing_linear_is_left_after_erasure():
    values, names = draws()
    edit = erasure.erase(values, names, 4)
    after = edit(values)
    means = np.stack([after[names == kind].mean(0) for kind in range(5)])
    np.testing.assert_allclose(means, np.broadcast_to(values.mean(0), means.shape), atol=1e-8)
    np.testing.assert_allclose(edit(after), after, atol=1e-8)
    assert probes.classify(after, names, after, names, 0.01) < 0.05
    assert probes.classify(values, names, values, names, 0.01) > 0.3


def test_erasure_changes_the_values_less_than_an_orthogonal_projection():
    values, names = draws()
    means = np.stack([values[names == kind].mean(0) for kind in range(5)]) - values.mean(0)
    directions = np.linalg.svd(means, full_matrices=False)[2][:4]
    plain = values - (values - values.mean(0)) @ directions.T @ directions
    erased = erasure.erase(values, names, 4)(values)
    assert np.square(erased - values).sum() < np.square(plain - values).sum()


@pytest.mark.parametrize("rank", [1, 3])
def test_a_rank_is_the_number_of_directions_that_are_lost(rank):
    values, names = draws()
    for edit in (erasure.erase(values, names, rank), erasure.erase_random(values, rank, np.random.default_rng(0))):
        assert np.linalg.matrix_rank(edit.matrix) == 8 - rank
        np.testing.assert_allclose(edit(values).mean(0), values.mean(0), atol=1e-9)


def test_constant_values_survive_erasure():
    values, names = draws()
    values[:, 3] = 2.0
    after = erasure.erase(values, names, 2)(values)
    np.testing.assert_allclose(after[:, 3], 2.0)


@pytest.mark.parametrize(("rank", "lost"), [(1, 1), (3, 3), (6, 5)])
def test_random_directions_are_lost_where_values_depend_on_others(rank, lost):
    """Eight values of rank five: a second edit changes nothing, and each direction is a fifth of the whitened variance."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 8)) + 2
    after = (edit := erasure.erase_random(values, rank, rng))(values)
    np.testing.assert_allclose(edit(after), after, atol=1e-9)
    assert np.linalg.matrix_rank(after - after.mean(0), tol=1e-6) == 5 - lost
    inverse = np.linalg.pinv(np.cov(values, rowvar=False, bias=True), rcond=1e-9)
    kept = np.trace(inverse @ np.cov(after, rowvar=False, bias=True)) / 5
    assert kept == pytest.approx(1 - lost / 5)
