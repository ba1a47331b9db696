"""Compare metrics with scipy and a slow oracle, and test their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import pearsonr

from artinv.core.channels import CHANNELS, IN_MM
from artinv.measure import metrics

FIELDS = arrays(np.float64, (12, 3), elements=st.floats(-10, 10, allow_subnormal=False).map(lambda value: round(value, 3)))


def _pair(seed=0, frames=200, channels=18, lost=0.1):
    generator = np.random.default_rng(seed)
    truth = generator.standard_normal((frames, channels)).astype(np.float32)
    prediction = (0.6 * truth + 0.5 * generator.standard_normal((frames, channels))).astype(np.float32)
    truth[generator.random((frames, channels)) < lost] = np.nan
    return truth, prediction


def _slow(truth, prediction):
    """(Pearson, RMSE) of one channel, frame by frame."""
    pairs = [(float(x), float(y)) for x, y in zip(truth, prediction, strict=True) if not np.isnan(x)]
    mean_x, mean_y = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    xy = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    xx, yy = sum((x - mean_x) ** 2 for x, _ in pairs), sum((y - mean_y) ** 2 for _, y in pairs)
    return xy / (xx * yy) ** 0.5, (sum((x - y) ** 2 for x, y in pairs) / len(pairs)) ** 0.5


def test_pearson_agrees_with_scipy():
    truth, prediction = _pair()
    ours = metrics.pearson(truth, prediction)
    for channel in range(truth.shape[1]):
        measured = np.isfinite(truth[:, channel])
        theirs = pearsonr(truth[measured, channel].astype(np.float64), prediction[measured, channel].astype(np.float64)).statistic
        assert ours[channel] == pytest.approx(theirs, abs=1e-12)


def test_pearson_and_rmse_agree_with_a_slow_oracle():
    truth, prediction = _pair(seed=1, frames=40)
    expected = np.array([_slow(truth[:, channel], prediction[:, channel]) for channel in range(truth.shape[1])])
    np.testing.assert_allclose(metrics.pearson(truth, prediction), expected[:, 0], atol=1e-12)
    np.testing.assert_allclose(metrics.rmse(truth, prediction), expected[:, 1], atol=1e-12)


@given(FIELDS, FIELDS, st.floats(0.5, 100), st.floats(-10, 10))
@settings(max_examples=60)
def test_pearson_is_invariant_to_a_positive_affine_map(truth, prediction, scale, shift):
    plain, mapped = metrics.pearson(truth, prediction), metrics.pearson(truth, scale * prediction + shift)
    np.testing.assert_allclose(mapped, plain, atol=1e-6)
    np.testing.assert_allclose(metrics.pearson(truth, -prediction), -plain, atol=1e-9)


@given(FIELDS, FIELDS, st.integers(0, 12), st.floats(-10, 10))
@settings(max_examples=60)
def test_frames_without_a_measurement_have_no_influence(truth, prediction, place, anything):
    longer = np.insert(truth, [place] * 3, np.nan, axis=0)
    guess = np.insert(prediction, [place] * 3, anything, axis=0)
    for metric in (metrics.pearson, metrics.rmse):
        np.testing.assert_allclose(metric(longer, guess), metric(truth, prediction), atol=1e-12)
    np.testing.assert_array_equal(metrics.is_constant(longer), metrics.is_constant(truth))


@given(FIELDS, FIELDS)
@settings(max_examples=60)
def test_metrics_stay_within_their_bounds(truth, prediction):
    r, error = metrics.pearson(truth, prediction), metrics.rmse(truth, prediction)
    assert np.all((np.abs(r) <= 1) | np.isnan(r))
    assert np.all(np.isnan(r) == metrics.is_constant(truth))
    assert np.all(error >= 0)
    np.testing.assert_allclose(error, metrics.rmse(prediction, truth), atol=1e-12)


def test_rounding_gives_no_correlation_above_1():
    truth = np.random.default_rng(0).standard_normal((12, 5000))
    for prediction, expected in ((3 * truth, 1), (-3 * truth, -1)):
        r = metrics.pearson(truth, prediction)
        assert np.abs(r).max() == 1
        np.testing.assert_allclose(r, expected, rtol=1e-12)


def test_a_padded_batch_equals_single_utterances():
    pairs = [_pair(seed=seed, frames=frames) for seed, frames in enumerate((30, 7, 52))]
    batch = np.full((2, 3, 60, 18), np.nan)
    batch[1] = 0
    for row, (truth, prediction) in enumerate(pairs):
        batch[0, row, : len(truth)], batch[1, row, : len(truth)] = truth, prediction
    for metric in (metrics.pearson, metrics.rmse):
        np.testing.assert_allclose(metric(*batch), np.stack([metric(*pair) for pair in pairs]), atol=1e-12)


def test_a_constant_truth_has_no_correlation_and_is_counted():
    truth, prediction = _pair(lost=0)
    truth[:, 0] = np.float32(1.7)
    truth[:, 1] = np.nan
    r = metrics.pearson(truth, prediction)
    assert np.isnan(r[:2]).all()
    assert np.isfinite(r[2:]).all()
    assert metrics.is_constant(truth).tolist() == [True] + [False] * 17


def test_a_constant_prediction_has_correlation_zero():
    truth, _ = _pair()
    np.testing.assert_array_equal(metrics.pearson(truth, np.full_like(truth, 0.3)), np.zeros(18))


def test_metrics_of_one_frame_and_of_no_frame():
    assert np.isnan(metrics.pearson(np.ones((1, 2)), np.ones((1, 2)))).all()
    np.testing.assert_array_equal(metrics.rmse(np.array([[1.0], [np.nan]]), np.array([[3.5], [9.0]])), [2.5])
    assert np.isnan(metrics.rmse(np.full((4, 2), np.nan), np.ones((4, 2)))).all()
    assert np.isnan(metrics.rmse(np.ones((0, 2)), np.ones((0, 2)))).all()


def test_a_perfect_prediction_has_correlation_1_and_rmse_0():
    truth, _ = _pair(lost=0)
    np.testing.assert_array_equal(metrics.pearson(truth, truth), np.ones(18))
    np.testing.assert_array_equal(metrics.rmse(truth, truth), np.zeros(18))


def test_rmse_mm_equals_the_rmse_of_trajectories_in_mm():
    truth, prediction = _pair(seed=3)
    mean, std = np.linspace(-50, 20, 18).astype(np.float32), np.linspace(0.5, 6, 18).astype(np.float32)
    expected = metrics.rmse(truth * std.astype(np.float64) + mean, prediction * std.astype(np.float64) + mean)
    np.testing.assert_allclose(metrics.rmse_mm(truth, prediction, std), expected, rtol=1e-9)
    blind = metrics.rmse_mm_blind(truth, prediction, (mean, std), (mean, std))
    np.testing.assert_allclose(blind, expected, rtol=1e-6)


def test_blind_rmse_includes_errors_of_size_and_position():
    truth, _ = _pair(seed=4, lost=0)
    own, other = (np.zeros(18), np.ones(18)), (np.full(18, 3.0), np.full(18, 1.0))
    np.testing.assert_allclose(metrics.rmse_mm_blind(truth, truth, own, other), 3.0, rtol=1e-9)
    doubled = metrics.rmse_mm_blind(truth, truth, own, (np.zeros(18), np.full(18, 2.0)))
    np.testing.assert_allclose(doubled, metrics.rmse(truth, np.zeros_like(truth)), rtol=1e-9)
    unknown = np.where(np.arange(18) < 2, np.nan, 0.0)
    assert np.isnan(metrics.rmse_mm_blind(truth, truth, own, (unknown, np.ones(18)))).sum() == 2


def test_a_mean_in_mm_excludes_constriction_locations():
    values = np.where(IN_MM, 2.0, 1e6)
    assert metrics.mean_over(values, "rmse_mm") == metrics.mean_over(values, "rmse_mm_blind") == 2.0
    assert metrics.mean_over(values, "rmse_z") > 1e4
    values[CHANNELS.index("v_x")] = np.nan
    assert metrics.mean_over(values, "rmse_mm") == 2.0
    assert np.isnan(metrics.mean_over(np.full(18, np.nan), "pearson"))


def test_average_ignores_missing_values():
    np.testing.assert_array_equal(metrics.average(np.array([[1.0, np.nan, np.nan], [3.0, np.nan, 4.0]])), [2.0, np.nan, 4.0])
