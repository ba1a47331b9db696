
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import medfilt

from artinv.core.masks import runs
from artinv.signal.gaps import false_samples, fill
from artinv.signal.resample import at_frames
from tests.support import corpora, recordings
from tests.support.speech import coils_at

RATES = [100.0, 200.0, 500.0]


def detected(coils, rate):
    return false_samples(coils, rate, spike_mm=4, spike_ratio=10, speed_mm=1000)


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=30))
def test_runs_cover_exactly_the_true_values(mask):
    covered = np.zeros(len(mask), bool)
    for start, stop in runs(np.array(mask, bool)):
        assert start < stop
        assert not covered[max(0, start - 1):stop].any()
        covered[start:stop] = True
    assert covered.tolist() == mask


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("gap", "tolerance"), [(0.01, 0.02), (0.05, 0.15), (0.09, 0.9)])
def test_short_gaps_are_interpolated_along_the_motion(rate, gap, tolerance):
    truth = coils_at(np.arange(0, 2, 1 / rate))
    length = max(1, round(gap * rate))
    lost = truth.copy()
    start = np.arange(12) * round(0.1 * rate) + round(0.3 * rate)
    for channel in range(12):
        lost[start[channel]:start[channel] + length, channel] = np.nan
    filled, bridged = fill(lost, rate, 0.1)
    assert bridged == 12 * length
    assert np.nanmax(np.abs(filled - truth)) < tolerance


@pytest.mark.parametrize("rate", RATES)
def test_the_interpolation_of_a_cubic_is_exact(rate):
    t = np.arange(0, 1, 1 / rate)
    truth = np.stack([3 * t**2 - t + 1, 5 * t], axis=1)
    lost = truth.copy()
    lost[round(0.5 * rate):round(0.58 * rate)] = np.nan
    np.testing.assert_allclose(fill(lost, rate, 0.1)[0], truth, atol=1e-9)


@pytest.mark.parametrize("gap", [0.11, 0.5, 2.0])
def test_long_gaps_remain_and_are_not_counted(gap):
    coils = coils_at(np.arange(0, 4, 1 / 200))
    coils[200:200 + round(gap * 200), 3] = np.nan
    filled, bridged = fill(coils, 200, 0.1)
    np.testing.assert_array_equal(filled, coils)
    assert bridged == 0


def test_a_short_gap_after_a_long_one_is_interpolated():
    coils = coils_at(np.arange(0, 4, 1 / 200))
    coils[100:121, 3] = coils[300:320, 3] = np.nan
    filled, bridged = fill(coils, 200, 0.1)
    assert bridged == 20
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(filled[:, 3])), np.arange(100, 121))


@pytest.mark.parametrize(("before", "slope"), [([3], 0), ([0, 3], 3), ([0, 0, 3], 1.5), ([9, 4, 1, 0], 0), ([-9, -4, -1, 0], 0)])
def test_the_slope_at_a_gap_is_that_of_the_line_or_parabola_through_the_known_samples(before, slope):
    """For one lost sample the cubic is the mean of its neighbours plus a quarter of the difference of the slopes."""
    coils = np.array([np.nan, np.nan, *before, np.nan, *[before[-1]] * 8], float)[:, None]
    lost = 2 + len(before)
    assert fill(coils, 100, 0.01)[0][lost, 0] == pytest.approx(before[-1] + slope / 4)


def test_gaps_at_the_ends_are_not_filled():
    coils = coils_at(np.arange(0, 1, 1 / 200))
    coils[:4, 0] = coils[-4:, 1] = np.nan
    np.testing.assert_array_equal(fill(coils, 200, 0.1)[0], coils)


@settings(max_examples=30)
@given(st.integers(0, 11), st.integers(0, 390), st.integers(1, 40), st.floats(-60, 60))
def test_channels_are_independent(channel, start, length, value):
    """A defect in one channel changes no other channel and no good sample of its own."""
    truth = coils_at(np.arange(0, 2, 1 / 200))
    for defect in (np.nan, truth[start, channel] + value):
        coils = truth.copy()
        coils[start:start + length, channel] = defect
        false = detected(coils, 200)
        false[:, channel] = False
        np.testing.assert_array_equal(false, detected(truth, 200) & (np.arange(14) != channel))
        filled = fill(coils, 200, 0.1)[0]
        np.testing.assert_array_equal(np.delete(filled, channel, axis=1), np.delete(truth, channel, axis=1))
        np.testing.assert_array_equal(filled[:start, channel], truth[:start, channel])
        np.testing.assert_array_equal(filled[start + length:, channel], truth[start + length:, channel])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_motion_is_never_marked_as_false(rate, noise):
    coils = coils_at(np.arange(0, 5, 1 / rate)) + noise * np.random.default_rng(1).standard_normal((round(5 * rate), 14))
    assert not detected(coils, rate).any()
    assert not detected(2 * coils, rate).any()  # 24 mm of stroke at 1 Hz, over 200 mm/s


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("height", [6.0, -8.0, 100.0])
@pytest.mark.parametrize("place", [0, 1, 57, -1])
def test_spikes_are_marked(rate, height, place):
    truth = coils_at(np.arange(0, 1, 1 / rate)) + 0.1 * np.random.default_rng(1).standard_normal((round(rate), 14))
    coils = truth.copy()
    coils[place, 2] += height
    marked = np.argwhere(detected(coils, rate))
    assert [place % len(coils), 2] in marked.tolist()
    assert len(marked) <= 3


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_excursions_are_marked(rate, seconds):
    coils = coils_at(np.arange(0, 2, 1 / rate))
    inside = slice(round(0.8 * rate), round((0.8 + seconds) * rate))
    coils[inside, 5] += 25
    false = detected(coils, rate)
    expected = np.zeros_like(false)
    expected[inside, 5] = True
    np.testing.assert_array_equal(false, expected)


def test_a_permanent_shift_of_a_coil_is_left_to_normalization():
    coils = coils_at(np.arange(0, 2, 1 / 200))
    coils[150:, 5] += 25
    assert not detected(coils, 200).any()


@recordings.needed
@pytest.mark.parametrize(("gap", "rms"), [(0.05, 0.15), (0.1, 0.35)])
def test_real_motion_is_interpolated_within_the_error_of_a_tracker(gap, rms):
    mocha = corpora.get("mocha")
    (utterance,) = mocha.read(mocha.find(recordings.MOCHA).sources[0])
    coils, length = utterance.coils[:, :12].astype(float), round(gap * 500)
    errors = []
    for start in range(40, len(coils) - length - 40, 25):
        lost = coils.copy()
        lost[start:start + length] = np.nan
        moments = np.arange(start, start + length) / 500
        bridged, truth = (at_frames(x, 500, 0, moments, 10) for x in (fill(lost, 500, 0.1)[0], coils))
        errors.append(bridged - truth)
    assert np.sqrt(np.square(errors).mean()) < rms


def test_spikes_are_marked_beside_gaps():
    coils = coils_at(np.arange(0, 2, 1 / 200))
    coils[100:140, 4] = np.nan
    coils[98, 4] += 30
    false = detected(coils, 200)
    assert np.argwhere(false).tolist() == [[98, 4]]


@pytest.mark.parametrize(("factor", "expected"), [(0.97, False), (1.03, True)])
def test_a_spike_exceeds_the_limit_in_robust_standard_deviations(factor, expected):
    x = np.random.default_rng(2).standard_normal(801)
    off = np.abs(x - medfilt(x, 5))[5:-5]
    x[400] = np.inf
    x[400] = np.median(x[398:403]) + factor * 10 * 1.4826 * np.median(off)
    assert detected(x[:, None], 100)[400, 0] == expected


@pytest.mark.parametrize(("beside", "expected"), [(1.2, [50]), (1.5, [50, 51]), (-1.5, [50, 51])])
def test_a_sample_beside_a_spike_that_exceeds_a_third_of_the_limit_is_false_too(beside, expected):
    x = np.zeros((101, 1))
    x[50], x[51], x[60] = 30, beside, beside
    assert np.flatnonzero(detected(x, 100)[:, 0]).tolist() == expected
