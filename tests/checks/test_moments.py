"""Regression from sums of products, against regression on the frames themselves."""

import numpy as np
import pytest
from scipy import linalg

from artinv.checks import foreign
from artinv.checks.moments import COUNT, LEAST, NOTHING, PENALTY, follows, moments
from artinv.signal.mfcc import cepstra
from tests.support.looks import session
from tests.support.toys import rng

RATE = 100


def spoken(number, frames=120, *, lost=()):
    """Bands that wander, and coils that follow them; channels of `lost` have a gap."""
    dice = rng("moments", number)
    decibels = 10 * np.cumsum(dice.normal(0, 0.3, (frames + 1, 24)), axis=0).astype(np.float32)
    ways = rng("moments", "speaker").normal(0, 0.05, (24, 14))
    coils = (decibels[:frames] @ ways + dice.normal(0, 2, (frames, 14))).astype(np.float32)
    coils[frames // 2, list(lost)] = np.nan
    return decibels, coils


def by_hand(index, utterances, aside=3):
    """Leave one out with all frames in memory, channel by channel."""
    found = []
    for channel in range(12):
        stacked, wanted = [], []
        for decibels, coils in utterances:
            values = cepstra(decibels[:len(coils)], COUNT).astype(float)
            at = np.arange(len(coils))
            three = np.hstack([values[np.clip(at + shift, 0, len(coils) - 1)] for shift in (-aside, 0, aside)])
            stacked.append(three - three.mean(axis=0))
            wanted.append(coils[:, channel].astype(float))
        known = [not np.isnan(one).any() and one.std() >= 0.05 for one in wanted]
        others = [k for k, there in enumerate(known) if there and k != index]
        if not known[index] or len(others) < LEAST:
            continue
        inputs = np.vstack([stacked[k] for k in others])
        outputs = np.concatenate([wanted[k] - wanted[k].mean() for k in others])
        penalty = np.diag(np.sqrt(PENALTY) * np.linalg.norm(inputs, axis=0))
        weights, *_ = linalg.lstsq(np.vstack([inputs, penalty]), np.append(outputs, np.zeros(len(penalty))))
        found.append(np.corrcoef(stacked[index] @ weights, wanted[index])[0, 1])
    return np.mean(found) if found else np.nan


def test_sums_tell_what_frames_do():
    lost = {0: (0, 1), 3: (0, 1), 5: (4, 5), 8: (13,), 9: range(12)}
    utterances = [spoken(number, 80 + 7 * number, lost=lost.get(number, ())) for number in range(LEAST + 4)]
    utterances[2][1][:, 6] = 30 + 0.04 * np.sin(np.arange(94))  # hardly moves
    got = follows([moments(decibels, coils, RATE) for decibels, coils in utterances])
    np.testing.assert_allclose(got, [by_hand(index, utterances) for index in range(len(utterances))], atol=1e-4)
    assert np.isnan(got[9])
    assert np.nanmin(got) > 0.2


@pytest.mark.parametrize(("rate", "aside"), [(200, 6), (50, 2), (10, 1)])
def test_the_spectrum_aside_is_30_ms_away(rate, aside):
    utterances = [spoken(number) for number in range(LEAST + 2)]
    got = follows([moments(decibels, coils, rate) for decibels, coils in utterances])
    np.testing.assert_allclose(got, [by_hand(index, utterances, aside) for index in range(len(utterances))], atol=1e-4)


@pytest.mark.parametrize(("count", "told"), [(LEAST, False), (LEAST + 1, True)])
def test_as_many_others_as_it_takes(count, told):
    got = follows([moments(*spoken(number), RATE) for number in range(count)])
    assert np.isfinite(got).all() == told
    assert np.isfinite(got).any() == told


def test_nothing_is_said_of_what_is_too_short_or_unfit():
    assert moments(*spoken(0, 39), RATE) is NOTHING
    assert moments(*spoken(0, 40), RATE) is not NOTHING
    got = follows([NOTHING, *(moments(*spoken(number), RATE) for number in range(LEAST + 1)), NOTHING])
    assert np.isnan(got[[0, -1]]).all()
    assert np.isfinite(got[1:-1]).all()


def judged(values, monkeypatch):
    """What is told of utterances that follow their sound so far."""
    monkeypatch.setattr(foreign, "follows", lambda _: np.array(values))
    return list(foreign.checks(session([np.eye(6)[:, :2]] * len(values))))


def test_one_that_is_far_below_the_others_is_told(monkeypatch):
    usual = [0.6, 0.7, 0.8] * 5
    assert judged([*usual, 0.26, np.nan], monkeypatch) == []
    (told,) = judged([np.nan, *usual, 0.25, 0.1], monkeypatch)
    assert (told.kind, told.utterances, told.count, told.of) == ("foreign motion", ("hprc/F01/16", "hprc/F01/17"), 2, 18)
    assert "correlation 0.25, this speaker's usual one is 0.70" in told.what


def test_a_speaker_who_is_wrong_as_a_whole_or_of_whom_little_is_there_is_not_judged(monkeypatch):
    assert judged([0.39] * 20 + [0.0], monkeypatch) == []
    assert judged([0.41] * 20 + [0.0], monkeypatch) != []
    assert judged([0.7] * 11 + [0.0], monkeypatch) == []
    assert judged([0.7] * 12 + [0.0], monkeypatch) != []
    assert judged([np.nan] * 20, monkeypatch) == []
