"""Each check by itself: shapes of known mouths, places, rates and labels, against what was planted and against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from artinv.channels import COILS
from artinv.checks import clocks, known, labels, shape
from artinv.checks.look import Seen, Tokens
from tests.looks import seen, session


def planted_shapes():
    for axes, turn in shape.AXES.items():
        for swap in ((), (0, 1), (0, 2), (1, 2), (4, 5), (3, 5)):
            yield axes, turn, swap


@pytest.mark.parametrize("name", known.SPEAKERS)
def test_axes_swaps_and_units_of_known_speakers(name):
    places = np.reshape(known.SPEAKERS[name].mean, (6, 2))
    rng = np.random.default_rng(0)
    for axes, turn, swap in planted_shapes():
        order = list(range(6))
        for one, two in [swap] if swap else []:
            order[one], order[two] = two, one
        damaged = places[order] @ np.linalg.inv(turn)
        factor = rng.choice([0.1, 1.0, 10.0, 1000.0])
        verdict = shape.judge(seen(factor * (damaged + rng.normal(0, 1, (6, 2)) + rng.normal(0, 30, 2))))
        assert verdict == shape.Verdict(factor, axes, swap, strange=False), (axes, swap)


@pytest.mark.parametrize("name", known.SPEAKERS)
def test_a_known_speaker_held_against_the_others_is_fine(name, monkeypatch):
    monkeypatch.setattr(shape, "SPEAKERS", {other: facts for other, facts in known.SPEAKERS.items() if other != name})
    shape._reference.cache_clear()
    places = np.reshape(known.SPEAKERS[name].mean, (6, 2))
    assert shape.judge(seen(places)).fine
    for lost in range(6):
        some = places.copy()
        some[lost] = np.nan
        assert shape.judge(seen(some)).fine, COILS[lost]
    shape._reference.cache_clear()


def test_a_shape_that_is_no_mouth():
    assert shape.judge(seen(np.random.default_rng(3).normal(0, 20, (6, 2)))).strange
    assert shape.judge(seen(np.zeros((6, 2)))).strange
    assert shape.judge(seen(np.full((6, 2), np.nan))).fine


def test_known_speakers_lie_where_they_are_known_to():
    facts = known.SPEAKERS["hprc/F01"]
    rng = np.random.default_rng(1)
    own = facts.mean + rng.normal(0, 0.5, (12, 12)) * facts.std
    assert list(known.elsewhere(session(own))) == []
    told = list(known.elsewhere(session(own + np.tile([0, 12.0], 6))))
    assert [one.kind for one in told] == ["other place"]
    assert "6 of 12 channels" in told[0].what
    assert list(known.elsewhere(session(own + 12, synthetic=True))) == []
    assert list(known.elsewhere(session(own[:5] + 12))) == []
    assert list(known.elsewhere(session(own, name="F02")))


def test_slope_is_theil_and_sens():
    rng = np.random.default_rng(2)
    x = rng.uniform(1, 60, 40)
    y = 1.07 * x - rng.uniform(0, 0.3, 40)
    assert clocks._slope(x, y) == pytest.approx(stats.theilslopes(y, x).slope, rel=1e-3)


def test_motion_that_ends_early_by_a_constant_is_no_wrong_rate():
    rng = np.random.default_rng(4)
    sources = []
    for number, seconds in enumerate(rng.uniform(1.5, 4, 40)):
        one = replace(seen(np.eye(6)[:, :2]), seconds=seconds, motion_seconds=seconds - 0.28)
        sources.append(Seen(speaker="F01", name=str(number), files=("a",), looks=(one,)))
    whole = replace(session([]), sources=tuple(sources))
    assert list(clocks.lengths(whole)) == []
    stretched = [replace(one, looks=(replace(one.looks[0], motion_seconds=0.92 * one.looks[0].seconds),)) for one in sources]
    assert [one.kind for one in clocks.lengths(replace(whole, sources=tuple(stretched)))] == ["length"]


def test_related_is_the_weighted_correlation_with_the_others_means():
    rng = np.random.default_rng(5)
    some = [Tokens(texts=tuple(rng.choice(list("abcdef"), 12)), frames=rng.integers(1, 9, 12).astype(float),
                   bands=rng.normal(0, 1, (12, 24)).astype(np.float32)) for _ in range(6)]
    got = labels.related(some)
    for index, tokens in enumerate(some):
        rows = {}
        for other in (other for k, other in enumerate(some) if k != index):
            heard = np.repeat(other.bands, other.frames.astype(int), axis=0)
            for text, row in zip(np.repeat(other.texts, other.frames.astype(int)), heard - heard.mean(axis=0), strict=True):
                rows.setdefault(text, []).append(row)
        repeats = tokens.frames.astype(int)
        heard = np.repeat(tokens.bands, repeats, axis=0)
        expected = np.repeat([np.mean(rows[text], axis=0) for text in tokens.texts], repeats, axis=0)
        heard, expected = heard - heard.mean(axis=0), expected - expected.mean(axis=0)
        assert got[index] == pytest.approx(np.corrcoef(heard.ravel(), expected.ravel())[0, 1], abs=1e-5)
