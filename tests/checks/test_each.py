"""Each check by itself: shapes of known mouths, places, rates and labels, against what was planted and against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from artinv.checks import clocks, coils, known, labels, shape
from artinv.checks.look import Seen, Tokens
from artinv.core.channels import COILS
from artinv.data.clean_report import Report
from tests.support.looks import seen, session


def planted_shapes():
    for axes, turn in shape.AXES.items():
        for swap in ((), (0, 1), (0, 2), (1, 2), (4, 5), (3, 5)):
            yield axes, turn, swap


@pytest.mark.parametrize("name", shape.SPEAKERS)
def test_axes_swaps_and_units_of_known_speakers(name):
    places = np.reshape(shape.SPEAKERS[name].mean, (6, 2))
    rng = np.random.default_rng(0)
    for axes, turn, swap in planted_shapes():
        order = list(range(6))
        for one, two in [swap] if swap else []:
            order[one], order[two] = two, one
        damaged = places[order] @ np.linalg.inv(turn)
        factor = rng.choice([0.1, 1.0, 10.0, 1000.0])
        verdict = shape.judge(seen(factor * (damaged + rng.normal(0, 1, (6, 2)) + rng.normal(0, 30, 2))))
        assert verdict == shape.Verdict(factor, axes, swap, strange=False), (axes, swap)


@pytest.mark.parametrize("name", shape.SPEAKERS)
def test_a_known_speaker_held_against_the_others_is_fine(name, monkeypatch):
    places = np.reshape(shape.SPEAKERS[name].mean, (6, 2))
    monkeypatch.setattr(shape, "SPEAKERS", {other: facts for other, facts in shape.SPEAKERS.items() if other != name})
    shape._reference.cache_clear()
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
    facts = shape.SPEAKERS["hprc/F01"]
    rng = np.random.default_rng(1)
    own = facts.mean + rng.normal(0, 0.5, (12, 12)) * facts.std
    assert list(known.elsewhere(session(own))) == []
    told = list(known.elsewhere(session(own + np.tile([0, 12.0], 6))))
    assert [one.kind for one in told] == ["other place"]
    assert "6 of 12 channels" in told[0].what
    assert list(known.elsewhere(session(own + 12, synthetic=True))) == []
    assert list(known.elsewhere(session(own[:5] + 12))) == []
    assert list(known.elsewhere(session(own, name="M01")))


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
    (told,) = clocks.lengths(replace(whole, sources=tuple(stretched)))
    assert told.kind == "length"
    assert told.utterances == tuple(look.id for source in stretched for look in source.looks)


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


def looked(session, **facts):
    """The findings of coils in a session of the same looks with other facts, one dict of them for each."""
    looks = [replace(look, **{name: values[at] for name, values in facts.items()}) for at, look in enumerate(session.looks)]
    sources = tuple(replace(source, looks=(look,)) for source, look in zip(session.sources, looks, strict=True))
    return replace(session, sources=sources)


MOUTH = np.reshape(next(iter(shape.SPEAKERS.values())).mean, (6, 2))


@pytest.mark.parametrize(("share", "told"), [(0.51, ["51% of tt is lost in this utterance"]), (0.5, [])])
def test_a_coil_lost_in_one_of_many_utterances_is_told_of_it_alone(share, told):
    here = np.append(np.full(2, 1 - share), np.ones(12))
    found = list(coils.lost(looked(session([MOUTH] * 20), known=[here, *[np.ones(14)] * 19])))
    assert [(one.what, one.count, one.cure) for one in found] == [(what, 1, "nothing: what is lost is masked") for what in told]


@pytest.mark.parametrize(("false", "told"), [(6, "0.6% of all samples lie where no articulator can have been"), (5, "")])
def test_samples_that_cannot_be_are_told_where_most_of_them_are(false, told):
    reports = [Report(id="", speaker="", recorded=1, samples=250, false=count) for count in (0, 1, false - 1, 0)]
    found = list(coils.leaps(looked(session([MOUTH] * 4), report=reports, files=[("a",), ("b",), ("c",), ("d",)])))
    assert [(one.what, one.count, one.example) for one in found] == ([(told, 2, "c")] if told else [])


def test_what_cleaning_gives_up_for_reasons_of_its_own_is_told():
    reasons = ("too short: 0.2 s of speech", "", "tongue lost: no sample", "too short: 0.1 s of speech", "silent sound: -80 dB")
    reports = [Report(id="", speaker="", recorded=1, reason=reason) for reason in reasons]
    found = list(coils.unfit(looked(session([MOUTH] * 5), report=reports)))
    assert [(one.what, one.count) for one in found] == [(reasons[0], 2), (reasons[2], 1)]
    assert found[0].cure.startswith("leave it out, or mend its labels")
