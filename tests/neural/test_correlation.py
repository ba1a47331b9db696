"""Correlations from sums equal those of numpy; intervals and controls behave as their definitions say."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from artinv.measure.metrics import pearson
from artinv.neural.correlation import Sums, auc, by_chance, estimate, phase_shuffled

RNG = np.random.default_rng(3)


def noisy(frames=400, share=1.0):
    truth = RNG.standard_normal((frames, 4)).cumsum(0)
    return truth, truth + share * RNG.standard_normal(truth.shape) * truth.std(0)


def test_sums_of_trials_add_up_to_the_correlation_of_all():
    truth, guess = noisy()
    known = RNG.random(truth.shape) > 0.3
    parts = [Sums.of(truth[part], guess[part], known[part]).values for part in (slice(0, 90), slice(90, 400))]
    expected = pearson(np.where(known, truth, np.nan), guess)
    assert np.allclose(Sums(np.sum(parts, axis=0)).pearson(), expected)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_scale_does_not_matter(scale):
    truth, guess = noisy(50)
    known = np.ones(truth.shape, bool)
    assert np.allclose(Sums.of(scale * truth, scale * guess, known).pearson(), Sums.of(truth, guess, known).pearson())


@pytest.mark.parametrize("factor", [3.3, -0.7])
def test_rounding_leads_to_no_correlation_beyond_1(factor):
    truth = RNG.standard_normal((50, 500))
    found = Sums.of(truth, factor * truth, np.ones(truth.shape, bool)).pearson()
    assert np.abs(found).max() <= 1
    np.testing.assert_allclose(found, np.sign(factor))


def test_constants_have_no_correlation():
    truth, guess = np.zeros((9, 2)), np.arange(18.0).reshape(9, 2)
    assert np.isnan(Sums.of(truth, guess, np.ones((9, 2), bool)).pearson()).all()
    assert Sums.of(guess, truth, np.ones((9, 2), bool)).pearson().tolist() == [0, 0]
    assert np.isnan(Sums.of(guess, guess, np.arange(9)[:, None] == [3, 4]).pearson()).all()


def trials_of(count, share):
    parts = [noisy(60, share) for _ in range(count)]
    return np.stack([Sums.of(*part, np.ones(part[0].shape, bool)).values for part in parts])


def test_an_interval_holds_the_mean_and_narrows_with_trials():
    few, many = (estimate([trials_of(count, 1.0)], 300, 0) for count in (6, 60))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low
    assert estimate([trials_of(6, 1.0)[:1]], 50, 0).low != estimate([trials_of(6, 1.0)], 50, 0).low
    assert np.isnan(estimate([trials_of(1, 1.0)], 50, 0).low)


def test_intervals_of_many_trials_have_the_quantiles_of_a_normal_distribution():
    trials = trials_of(80, 1.0)
    half, most = (estimate([trials], 1500, 0, level) for level in (0.5, 0.95))
    deviation = (half.high - half.low) / (2 * 0.674)
    assert [(half.low + half.high) / 2 - most.low, most.high - (half.low + half.high) / 2] == pytest.approx(
        [1.960 * deviation] * 2, rel=0.1)
    assert half.value == most.value


def test_subjects_widen_the_interval_where_they_differ():
    alike = [trials_of(30, 0.5) for _ in range(4)]
    different = [trials_of(30, share) for share in (0.1, 0.5, 2.0, 5.0)]
    first, second = estimate(alike, 300, 0), estimate(different, 300, 0)
    assert second.high - second.low > 3 * (first.high - first.low)


def test_shifts_leave_nothing_of_a_relation():
    truth = np.stack([np.convolve(RNG.standard_normal(4000), np.ones(20), "valid") for _ in range(5)], 1)
    chance = by_chance(truth, truth, np.ones(truth.shape, bool), 100, 0)
    assert abs(chance.mean()) < 0.03
    assert chance.max() < 0.3


@pytest.mark.parametrize("frames", [10, 20, 40])
def test_short_trials_are_shifted_by_every_time_from_a_tenth_of_their_length(frames):
    truth = RNG.standard_normal((frames, 1))
    chance = by_chance(truth, truth, np.ones((frames, 1), bool), 600, 0)
    steps = range(frames // 10, frames - frames // 10)
    expected = [np.corrcoef(truth[:, 0], np.roll(truth[:, 0], step))[0, 1] for step in steps]
    assert set(chance.round(9)) == set(np.round(expected, 9))
    assert by_chance(truth[:2], truth[:2], np.ones((2, 1), bool), 3, 0) == pytest.approx([-1, -1, -1])


@pytest.mark.parametrize("frames", [400, 401])
def test_random_phases_keep_the_spectra(frames):
    signals = RNG.standard_normal((frames, 3)).cumsum(0).astype(np.float32)
    other = phase_shuffled(signals, 0)
    assert np.allclose(np.abs(np.fft.rfft(other, axis=0)), np.abs(np.fft.rfft(signals, axis=0)), rtol=1e-3, atol=1e-2)
    assert np.abs(pearson(signals, other)).max() < 0.9
    assert np.array_equal(phase_shuffled(signals, 0), other)


def test_the_area_under_the_curve_is_that_of_scikit_learn():
    positive, negative = RNG.integers(0, 9, 30), RNG.integers(0, 7, 20)
    expected = roc_auc_score([1] * 30 + [0] * 20, np.concatenate([positive, negative]))
    assert auc(positive, negative) == pytest.approx(expected)
    assert np.isnan(auc(positive[:0], negative))
