"""Compare bootstrap intervals with normal theory."""

import numpy as np
import pytest

from artinv.measure.bootstrap import interval, resample


def test_interval_of_a_mean_agrees_with_normal_theory():
    values = np.random.default_rng(0).normal([2.0, -1.0], [1.0, 4.0], size=(400, 2))
    low, high = interval(resample(values, 20_000, seed=1), len(values))
    half = 1.959964 * values.std(axis=0) / np.sqrt(len(values))
    np.testing.assert_allclose(low, values.mean(axis=0) - half, atol=0.03 * half.max())
    np.testing.assert_allclose(high, values.mean(axis=0) + half, atol=0.03 * half.max())


def test_draws_have_the_moments_of_a_resampled_mean():
    values = np.random.default_rng(2).exponential(size=(50, 1))
    draws = resample(values, 40_000, seed=3)
    assert draws.mean() == pytest.approx(values.mean(), abs=0.005)
    assert draws.std() == pytest.approx(values.std() / np.sqrt(50), rel=0.02)


def test_draws_depend_on_the_seed():
    values = np.random.default_rng(4).normal(size=(30, 3))
    np.testing.assert_array_equal(resample(values, 200, 5), resample(values, 200, 5))
    assert not np.array_equal(resample(values, 200, 5), resample(values, 200, 6))


def test_draws_do_not_depend_on_the_block_size(monkeypatch):
    values = np.random.default_rng(4).normal(size=(30, 3))
    whole = resample(values, 200, 5)
    monkeypatch.setattr("artinv.measure.bootstrap._BLOCK", 300)
    np.testing.assert_allclose(resample(values, 200, 5), whole, rtol=1e-12)


def test_draws_ignore_missing_values():
    values = np.array([[1.0, 7.0], [np.nan, 7.0], [1.0, 7.0], [np.nan, 7.0]])
    draws = resample(values, 500, seed=0)
    np.testing.assert_array_equal(draws[:, 1], np.full(500, 7.0))
    assert np.isnan(draws[:, 0]).mean() == pytest.approx(1 / 16, abs=0.04)
    low, high = interval(draws, len(values))
    np.testing.assert_array_equal([low, high], [[1.0, 7.0], [1.0, 7.0]])


def test_channels_share_the_rows_of_a_draw():
    column = np.random.default_rng(6).normal(size=(40, 1))
    draws = resample(np.column_stack([column, -column]), 300, seed=0)
    np.testing.assert_allclose(draws.sum(axis=1), 0, atol=1e-12)


def test_one_row_and_no_row_have_no_interval():
    assert np.isnan(interval(resample(np.ones((1, 2)), 100, 0), 1)).all()
    assert np.isnan(resample(np.ones((0, 2)), 100, 0)).all()
    assert np.isnan(interval(resample(np.full((5, 1), np.nan), 100, 0), 5)).all()
