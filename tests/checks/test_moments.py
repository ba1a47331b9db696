"""Compare the regression from sums of products with a regression on the frames themselves."""

import numpy as np
import pytest
from scipy import linalg

from artinv.checks import foreign
from artinv.checks.moments import COUNT, LEAST, NOTHING, PENALTY, follows, moments
from artinv.signal.mfcc import cepstra
from tests.support.profiles import session
from tests.support.toys import rng

RATE = 100


def spoken(number, frames=120, *, lost=()):
    """Return bands from a random walk and coils that depend on them; channels in `lost` have a gap."""
    generator = rng("moments", number)
    decibels = 10 * np.cumsum(generator.normal(0, 0.3, (frames + 1, 24)), axis=0).astype(np.float32)
    weights = rng("moments", "speaker").normal(0, 0.05, (24, 14))
    coils = (decibels[:frames] @ weights + generator.normal(0, 2, (frames, 14))).astype(np.float32)
    coils[frames // 2, list(lost)] = np.nan
    return decibels, coils


def by_hand(index, utterances, aside=3):
    """Return the leave-one-out correlation of an utterance, with all frames in memory, channel by channel."""
    correlations = []
    for channel in range(12):
        stacked, wanted = [], []
        for decibels, coils in utterances:
            values = cepstra(decibels[:len(coils)], COUNT).astype(float)
            at = np.arange(len(coils))
            three = np.hstack([values[np.clip(at + shift, 0, len(coils) - 1)] for shift in (-aside, 0, aside)])
            stacked.append(three - three.mean(axis=0))
            wanted.append(coils[:, channel].astype(float))
        known = [not np.isnan(values).any() and values.std() >= 0.05 for values in wanted]
        others = [k for k, usable in enumerate(known) if usable and k != index]
        if not known[index] or len(others) < LEAST:
            continue
        inputs = np.vstack([stacked[k] for k in others])
        outputs = np.concatenate([wanted[k] - wanted[k].mean() for k in others])
        penalty = np.diag(np.sqrt(PENALTY) * np.linalg.norm(inputs, axis=0))
        weights, *_ = linalg.lstsq(np.vstack([inputs, penalty]), np.append(outputs, np.zeros(len(penalty))))
        correlations.append(np.corrcoef(stacked[index] @ weights, wanted[index])[0, 1])
    return np.mean(correlations) if correlations else np.nan


def test_sums_give_the_correlations_of_frames():
    lost = {0: (0, 1), 3: (0, 1), 5: (4, 5), 8: (13,), 9: range(12)}
    utterances = [spoken(number, 80 + 7 * number, lost=lost.get(number, ())) for number in range(LEAST + 4)]
    utterances[2][1][:, 6] = 30 + 0.04 * np.sin(np.arange(94))  # hardly moves
    got = follows([moments(decibels, coils, RATE) for decibels, coils in utterances])
    np.testing.assert_allclose(got, [by_hand(index, utterances) for index in range(len(utterances))], atol=1e-4)
    assert np.isnan(got[9])
    assert np.nanmin(got) > 0.2


@pytest.mark.parametrize(("rate", "aside"), [(200, 6), (50, 2), (10, 1)])
def test_the_second_and_third_spectrum_are_30_ms_away(rate, aside):
    utterances = [spoken(number) for number in range(LEAST + 2)]
    got = follows([moments(decibels, coils, rate) for decibels, coils in utterances])
    np.testing.assert_allclose(got, [by_hand(index, utterances, aside) for index in range(len(utterances))], atol=1e-4)


@pytest.mark.parametrize(("count", "judged"), [(LEAST, False), (LEAST + 1, True)])
def test_a_correlation_needs_enough_other_utterances(count, judged):
    got = follows([moments(*spoken(number), RATE) for number in range(count)])
    assert np.isfinite(got).all() == judged
    assert np.isfinite(got).any() == judged


def test_short_or_unusable_utterances_have_no_correlation():
    assert moments(*spoken(0, 39), RATE) is NOTHING
    assert moments(*spoken(0, 40), RATE) is not NOTHING
    got = follows([NOTHING, *(moments(*spoken(number), RATE) for number in range(LEAST + 1)), NOTHING])
    assert np.isnan(got[[0, -1]]).all()
    assert np.isfinite(got[1:-1]).all()


def foreign_findings(values, monkeypatch):
    """Return the findings for utterances with these correlations."""
    monkeypatch.setattr(foreign, "follows", lambda _: np.array(values))
    return list(foreign.checks(session([np.eye(6)[:, :2]] * len(values))))


def test_utterances_far_below_the_median_are_reported(monkeypatch):
    plausible = [0.6, 0.7, 0.8] * 5
    assert foreign_findings([*plausible, 0.26, np.nan], monkeypatch) == []
    (finding,) = foreign_findings([np.nan, *plausible, 0.25, 0.1], monkeypatch)
    assert (finding.kind, finding.count, finding.of) == ("foreign motion", 2, 18)
    assert finding.utterances == ("hprc/F01/16", "hprc/F01/17")
    assert "correlation 0.25, median of this speaker 0.70" in finding.what


def test_speakers_with_a_low_median_or_few_utterances_are_not_judged(monkeypatch):
    assert foreign_findings([0.39] * 20 + [0.0], monkeypatch) == []
    assert foreign_findings([0.41] * 20 + [0.0], monkeypatch) != []
    assert foreign_findings([0.7] * 11 + [0.0], monkeypatch) == []
    assert foreign_findings([0.7] * 12 + [0.0], monkeypatch) != []
    assert foreign_findings([np.nan] * 20, monkeypatch) == []
