from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from artinv.data import lag
from artinv.data.clean_report import Report, tally
from artinv.data.lag import explained_fractions
from artinv.signal.mfcc import log_mel
from tests.support import toys
from tests.support.speech import coils_at, sound_of


@cache
def log_mel_of(seed, snr_db=30.0):
    return log_mel(sound_of(np.arange(40000) / 16000, 16000, (0.0, 2.5), seed, snr_db), 16000, 160, 400, 24)


def estimate(decibels, coils, rate):
    """Return the lag in s and the explained fraction there, as `clean` estimates them."""
    return lag.peak(explained_fractions(decibels, coils, rate, lag.REACH)[0], rate)


def estimates(late, snr_db=30.0):
    return np.array([estimate(log_mel_of(seed, snr_db), coils_at(np.arange(251) / 100 - late, seed), 100)[0] for seed in range(15)])


@pytest.mark.parametrize("lag", [-0.08, -0.03, 0.0, 0.02, 0.1])
def test_the_median_over_a_speaker_equals_the_true_lag(lag):
    assert np.nanmedian(estimates(lag)) == pytest.approx(lag, abs=0.012)


def test_long_lags_are_detected_from_all_utterances_together():
    results = [explained_fractions(log_mel_of(seed), coils_at(np.arange(251) / 100 - 0.5, seed), 100, 0.6) for seed in range(15)]
    assert {(len(share), frames) for share, frames in results} == {(121, 131)}
    assert (np.mean([share for share, _ in results], axis=0).argmax() - 60) / 100 == pytest.approx(0.5, abs=0.012)


def test_noise_at_10_db_does_not_change_the_estimate():
    assert np.nanmedian(estimates(0.05, snr_db=10.0)) == pytest.approx(0.05, abs=0.015)


def test_channels_with_gaps_are_left_out():
    decibels, coils = log_mel_of(0), coils_at(np.arange(251) / 100)
    coils[20:90, 3] = np.nan
    assert estimate(decibels, coils, 100) == estimate(decibels, np.delete(coils, 3, axis=1), 100)


@pytest.mark.parametrize(("frames", "coils"), [
    (55, np.cumsum(np.ones((55, 14)), axis=0)), (200, np.zeros((200, 14))), (200, np.full((200, 14), np.nan)),
])
def test_short_still_or_lost_motion_gives_no_estimate(frames, coils):
    decibels = np.sin(np.arange(frames * 8.0)).reshape(frames, 8)
    assert np.isnan(estimate(decibels, coils, 100)).all()


def linear(lag, frames=200, rate=100, seed=3):
    """Return log mel that is a linear map of the coils, and the coils with a lag."""
    moments = np.arange(frames) / rate
    return coils_at(moments, seed)[:, :12] @ toys.rng("linear").standard_normal((12, 12)), coils_at(moments - lag, seed)


@pytest.mark.parametrize("rate", [100, 200])
@pytest.mark.parametrize("lag", [-0.13, -0.02, 0.0, 0.034, 0.07, 0.13])
def test_motion_explains_all_of_a_spectrum_that_is_linear_in_it(lag, rate):
    late, explained = estimate(*linear(lag, 2 * rate, rate), rate)
    assert late == pytest.approx(lag, abs=0.0015)
    assert 0.97 < explained <= 1 + 1e-9


def test_a_linear_drift_of_the_spectrum_has_no_effect():
    decibels, coils = linear(0.034)
    ramp = np.arange(200)[:, None] * np.linspace(-3, 2, 12)
    np.testing.assert_allclose(estimate(decibels + ramp, coils, 100), estimate(decibels, coils, 100), atol=1e-6)


def test_a_constant_spectrum_gives_no_estimate():
    assert np.isnan(estimate(np.zeros((200, 24)), coils_at(np.arange(200) / 100), 100)).all()


@pytest.mark.parametrize(("frames", "expected"), [(69, False), (70, True)])
def test_an_estimate_needs_40_frames_at_every_shift(frames, expected):
    assert np.isfinite(estimate(*linear(0.0, frames), 100)).all() == expected


@pytest.mark.parametrize("lag", [-0.17, 0.17])
def test_lags_beyond_the_reach_give_no_estimate(lag):
    assert np.isnan(estimate(*linear(lag), 100)).all()


def reports(late, number=40, noise=0.05, seed=0):
    """Return reports whose fractions have a flat maximum at one lag plus noise as smooth as motion below 10 Hz makes it."""
    random = np.random.default_rng(seed)
    shifts = np.arange(-15, 16) / 100
    bump = np.exp(-np.square(np.arange(-8, 9) / 3) / 2)
    bump /= np.sqrt(np.square(bump).sum())
    result = []
    for index in range(number):
        share = 0.3 * np.exp(-np.square((shifts - late) / 0.04) / 2)
        share += noise * np.convolve(random.standard_normal(len(shifts) + 16), bump, "valid")
        seconds, explained = lag.peak(share, 100.0)
        estimated = {"lag": seconds, "explained": explained, "shares": share, "frames": 300, "rate": 100.0}
        result.append(Report(id=str(index), speaker="a", recorded=3.0, **estimated))
    return result


@pytest.mark.parametrize("late", [-0.05, -0.02, 0.0, 0.007, 0.02, 0.05])
def test_the_standard_error_of_a_speaker_s_lag_is_right(late):
    speakers = [tally(reports(late, seed=seed))["speakers"]["a"] for seed in range(40)]
    difference = np.array([speaker["lag_ms"] for speaker in speakers]) - 1000 * late
    error = np.median([speaker["lag_error_ms"] for speaker in speakers])
    assert np.sqrt(np.square(difference).mean()) == pytest.approx(error, rel=0.35)
    assert error < 0.2 * np.median([speaker["lag_spread_ms"] for speaker in speakers])


def test_rounding_errors_hardly_change_a_speaker_s_lag():
    """Rounding differences between processors change the lag by less than a thousandth of its standard error."""
    random = np.random.default_rng(1)
    original = reports(0.01)
    rounded = [replace(report, shares=report.shares * (1 + 1e-6 * random.standard_normal(31))) for report in original]
    first, second = (tally(version)["speakers"]["a"] for version in (original, rounded))
    assert abs(first["lag_ms"] - second["lag_ms"]) < 1e-3 * first["lag_error_ms"]


def test_one_utterance_gives_a_lag_without_standard_error():
    alone = tally(reports(0.01, number=1))["speakers"]["a"]
    assert np.isfinite(alone["lag_ms"])
    assert np.isnan(alone["lag_error_ms"])
    assert np.isnan(tally([Report(id="", speaker="a", recorded=1.0)])["speakers"]["a"]["lag_ms"])
