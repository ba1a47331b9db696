from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from artinv.data import lag
from artinv.data.clean_report import Report, tally
from artinv.data.lag import estimate, shares
from artinv.signal.mfcc import log_mel
from tests.support import toys
from tests.support.speech import coils_at, sound_of


@cache
def heard(seed, snr_db=30.0):
    return log_mel(sound_of(np.arange(40000) / 16000, 16000, (0.0, 2.5), seed, snr_db), 16000, 160, 400, 24)


def estimates(late, snr_db=30.0):
    return np.array([estimate(heard(seed, snr_db), coils_at(np.arange(251) / 100 - late, seed), 100)[0] for seed in range(15)])


@pytest.mark.parametrize("lag", [-0.08, -0.03, 0.0, 0.02, 0.1])
def test_a_planted_lag_is_the_median_over_a_speaker(lag):
    assert np.nanmedian(estimates(lag)) == pytest.approx(lag, abs=0.012)


def test_lags_too_long_for_one_utterance_show_in_all_together():
    found = [shares(heard(seed), coils_at(np.arange(251) / 100 - 0.5, seed), 100, 0.6) for seed in range(15)]
    assert {(len(share), frames) for share, frames in found} == {(121, 131)}
    assert (np.mean([share for share, _ in found], axis=0).argmax() - 60) / 100 == pytest.approx(0.5, abs=0.012)


def test_noise_at_10_db_does_not_move_it():
    assert np.nanmedian(estimates(0.05, snr_db=10.0)) == pytest.approx(0.05, abs=0.015)


def test_channels_with_gaps_are_left_out():
    decibels, coils = heard(0), coils_at(np.arange(251) / 100)
    coils[20:90, 3] = np.nan
    assert estimate(decibels, coils, 100) == estimate(decibels, np.delete(coils, 3, axis=1), 100)


@pytest.mark.parametrize(("frames", "coils"), [
    (55, np.cumsum(np.ones((55, 14)), axis=0)), (200, np.zeros((200, 14))), (200, np.full((200, 14), np.nan)),
])
def test_no_figure_where_there_is_none(frames, coils):
    decibels = np.sin(np.arange(frames * 8.0)).reshape(frames, 8)
    assert np.isnan(estimate(decibels, coils, 100)).all()


def linear(lag, frames=200, rate=100, seed=3):
    """Log mel that is a linear map of the coils, which are late."""
    moments = np.arange(frames) / rate
    return coils_at(moments, seed)[:, :12] @ toys.rng("linear").standard_normal((12, 12)), coils_at(moments - lag, seed)


@pytest.mark.parametrize("rate", [100, 200])
@pytest.mark.parametrize("lag", [-0.13, -0.02, 0.0, 0.034, 0.07, 0.13])
def test_motion_that_makes_the_whole_sound_explains_it_all(lag, rate):
    late, explained = estimate(*linear(lag, 2 * rate, rate), rate)
    assert late == pytest.approx(lag, abs=0.0015)
    assert 0.97 < explained <= 1 + 1e-9


def test_a_steady_change_of_the_spectrum_has_nothing_to_do_with_motion():
    decibels, coils = linear(0.034)
    ramp = np.arange(200)[:, None] * np.linspace(-3, 2, 12)
    np.testing.assert_allclose(estimate(decibels + ramp, coils, 100), estimate(decibels, coils, 100), atol=1e-6)


def test_a_spectrum_that_does_not_change_tells_nothing():
    assert np.isnan(estimate(np.zeros((200, 24)), coils_at(np.arange(200) / 100), 100)).all()


@pytest.mark.parametrize(("frames", "told"), [(69, False), (70, True)])
def test_forty_frames_must_remain_at_every_shift(frames, told):
    assert np.isfinite(estimate(*linear(0.0, frames), 100)).all() == told


@pytest.mark.parametrize("lag", [-0.17, 0.17])
def test_what_is_later_than_is_looked_for_is_not_told(lag):
    assert np.isnan(estimate(*linear(lag), 100)).all()


def reports(late, number=40, noise=0.05, seed=0):
    """Of utterances whose shares have flat maxima around one lag, and bumps elsewhere, as wide as motion below 10 Hz makes them."""
    random = np.random.default_rng(seed)
    shifts = np.arange(-15, 16) / 100
    bump = np.exp(-np.square(np.arange(-8, 9) / 3) / 2)
    bump /= np.sqrt(np.square(bump).sum())
    made = []
    for at in range(number):
        share = 0.3 * np.exp(-np.square((shifts - late) / 0.04) / 2)
        share += noise * np.convolve(random.standard_normal(len(shifts) + 16), bump, "valid")
        seconds, explained = lag.peak(share, 100.0)
        own = {"lag": seconds, "explained": explained, "shares": share, "frames": 300, "rate": 100.0}
        made.append(Report(id=str(at), speaker="a", recorded=3.0, **own))
    return made


@pytest.mark.parametrize("late", [-0.05, -0.02, 0.0, 0.007, 0.02, 0.05])
def test_a_speaker_s_lag_is_known_as_well_as_its_error_says(late):
    found = [tally(reports(late, seed=seed))["speakers"]["a"] for seed in range(40)]
    off = np.array([one["lag_ms"] for one in found]) - 1000 * late
    error = np.median([one["lag_error_ms"] for one in found])
    assert np.sqrt(np.square(off).mean()) == pytest.approx(error, rel=0.35)
    assert error < 0.2 * np.median([one["lag_spread_ms"] for one in found])


def test_a_speaker_s_lag_does_not_jump():
    """What another processor makes of the last bits moves it by less than a thousandth of its error."""
    random = np.random.default_rng(1)
    made = reports(0.01)
    moved = [replace(one, shares=one.shares * (1 + 1e-6 * random.standard_normal(31))) for one in made]
    one, other = (tally(some)["speakers"]["a"] for some in (made, moved))
    assert abs(one["lag_ms"] - other["lag_ms"]) < 1e-3 * one["lag_error_ms"]


def test_of_one_utterance_no_error_is_known():
    alone = tally(reports(0.01, number=1))["speakers"]["a"]
    assert np.isfinite(alone["lag_ms"])
    assert np.isnan(alone["lag_error_ms"])
    assert np.isnan(tally([Report(id="", speaker="a", recorded=1.0)])["speakers"]["a"]["lag_ms"])
