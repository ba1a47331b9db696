"""Each check alone: shapes, positions, rates and labels, compared with planted faults and with scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from artinv.checks import clocks, coils, known, labels, shape
from artinv.checks.profiles import SourceProfile, Tokens
from artinv.core.channels import COILS
from artinv.data.clean_report import Report
from tests.support.profiles import profile_at, session


def planted_shapes():
    """Yield conventions of the axes and exchanges of coils."""
    for axes, turn in shape.AXES.items():
        for swap in ((), (0, 1), (0, 2), (1, 2), (4, 5), (3, 5)):
            yield axes, turn, swap


@pytest.mark.parametrize("name", shape.SPEAKERS)
def test_shape_detects_axes_swaps_and_units_of_known_speakers(name):
    places = np.reshape(shape.SPEAKERS[name].mean, (6, 2))
    rng = np.random.default_rng(0)
    for axes, turn, swap in planted_shapes():
        order = list(range(6))
        for first, second in [swap] if swap else []:
            order[first], order[second] = second, first
        damaged = places[order] @ np.linalg.inv(turn)
        factor = rng.choice([0.1, 1.0, 10.0, 1000.0])
        verdict = shape.judge(profile_at(factor * (damaged + rng.normal(0, 1, (6, 2)) + rng.normal(0, 30, 2))))
        assert verdict == shape.Verdict(factor, axes, swap, unmatched=False), (axes, swap)


@pytest.mark.parametrize("name", shape.SPEAKERS)
def test_shape_accepts_each_known_speaker_without_its_own_reference(name, monkeypatch):
    places = np.reshape(shape.SPEAKERS[name].mean, (6, 2))
    monkeypatch.setattr(shape, "SPEAKERS", {other: facts for other, facts in shape.SPEAKERS.items() if other != name})
    shape._reference.cache_clear()
    assert shape.judge(profile_at(places)).fine
    for lost in range(6):
        some = places.copy()
        some[lost] = np.nan
        assert shape.judge(profile_at(some)).fine, COILS[lost]
    shape._reference.cache_clear()


def test_shape_rejects_random_and_collapsed_positions():
    assert shape.judge(profile_at(np.random.default_rng(3).normal(0, 20, (6, 2)))).unmatched
    assert shape.judge(profile_at(np.zeros((6, 2)))).unmatched
    assert shape.judge(profile_at(np.full((6, 2), np.nan))).fine


def test_known_reports_a_displaced_real_speaker_only():
    facts = shape.SPEAKERS["hprc/F01"]
    rng = np.random.default_rng(1)
    own = facts.mean + rng.normal(0, 0.5, (12, 12)) * facts.std
    assert list(known.displaced(session(own))) == []
    findings = list(known.displaced(session(own + np.tile([0, 12.0], 6))))
    assert [finding.kind for finding in findings] == ["other place"]
    assert "6 of 12 channels" in findings[0].what
    assert list(known.displaced(session(own + 12, synthetic=True))) == []
    assert list(known.displaced(session(own[:5] + 12))) == []
    assert list(known.displaced(session(own, name="M01")))


def test_slope_is_the_theil_sen_slope():
    rng = np.random.default_rng(2)
    x = rng.uniform(1, 60, 40)
    y = 1.07 * x - rng.uniform(0, 0.3, 40)
    assert clocks._slope(x, y) == pytest.approx(stats.theilslopes(y, x).slope, rel=1e-3)


def test_motion_that_ends_early_by_a_constant_is_not_a_wrong_rate():
    rng = np.random.default_rng(4)
    sources = []
    for number, seconds in enumerate(rng.uniform(1.5, 4, 40)):
        figures = replace(profile_at(np.eye(6)[:, :2]), seconds=seconds, motion_seconds=seconds - 0.28)
        sources.append(SourceProfile(speaker="F01", name=str(number), files=("a",), profiles=(figures,)))
    whole = replace(session([]), sources=tuple(sources))
    assert list(clocks.lengths(whole)) == []
    stretched = [
        replace(source, profiles=(replace(source.profiles[0], motion_seconds=0.92 * source.profiles[0].seconds),))
        for source in sources
    ]
    (finding,) = clocks.lengths(replace(whole, sources=tuple(stretched)))
    assert finding.kind == "length"
    assert finding.utterances == tuple(profile.id for source in stretched for profile in source.profiles)


def test_related_is_the_weighted_correlation_with_means_of_other_utterances():
    rng = np.random.default_rng(5)
    some = [Tokens(texts=tuple(rng.choice(list("abcdef"), 12)), frames=rng.integers(1, 9, 12).astype(float),
                   bands=rng.normal(0, 1, (12, 24)).astype(np.float32)) for _ in range(6)]
    got = labels.related(some)
    for index, tokens in enumerate(some):
        rows = {}
        for other in (other for k, other in enumerate(some) if k != index):
            spectra = np.repeat(other.bands, other.frames.astype(int), axis=0)
            for text, row in zip(np.repeat(other.texts, other.frames.astype(int)), spectra - spectra.mean(axis=0), strict=True):
                rows.setdefault(text, []).append(row)
        repeats = tokens.frames.astype(int)
        spectra = np.repeat(tokens.bands, repeats, axis=0)
        expected = np.repeat([np.mean(rows[text], axis=0) for text in tokens.texts], repeats, axis=0)
        spectra, expected = spectra - spectra.mean(axis=0), expected - expected.mean(axis=0)
        assert got[index] == pytest.approx(np.corrcoef(spectra.ravel(), expected.ravel())[0, 1], abs=1e-5)


def changed(session, **facts):
    """Return the session with figures replaced; each keyword has one value per utterance."""
    profiles = [
        replace(profile, **{name: values[at] for name, values in facts.items()}) for at, profile in enumerate(session.profiles)
    ]
    sources = tuple(replace(source, profiles=(profile,)) for source, profile in zip(session.sources, profiles, strict=True))
    return replace(session, sources=sources)


MOUTH = np.reshape(next(iter(shape.SPEAKERS.values())).mean, (6, 2))


@pytest.mark.parametrize(("share", "reported"), [(0.51, ["51% of tt is lost in this utterance"]), (0.5, [])])
def test_a_coil_lost_in_one_utterance_is_reported_for_it_only(share, reported):
    here = np.append(np.full(2, 1 - share), np.ones(12))
    findings = list(coils.lost(changed(session([MOUTH] * 20), known=[here, *[np.ones(14)] * 19])))
    assert [(finding.what, finding.count, finding.cure) for finding in findings] == [
        (what, 1, "none is needed: lost samples are masked") for what in reported]


@pytest.mark.parametrize(("false", "reported"), [
    (6, "0.6% of all samples are at positions that no articulator can reach"), (5, ""),
])
def test_false_samples_are_reported_with_the_worst_utterance(false, reported):
    reports = [Report(id="", speaker="", recorded=1, samples=250, false=count) for count in (0, 1, false - 1, 0)]
    findings = list(coils.leaps(changed(session([MOUTH] * 4), report=reports, files=[("a",), ("b",), ("c",), ("d",)])))
    assert [(finding.what, finding.count, finding.example) for finding in findings] == ([(reported, 2, "c")] if reported else [])


def test_other_reasons_for_rejection_are_reported():
    reasons = ("too short: 0.2 s of speech", "", "tongue lost: no sample", "too short: 0.1 s of speech", "silent sound: -80 dB")
    reports = [Report(id="", speaker="", recorded=1, reason=reason) for reason in reasons]
    findings = list(coils.unfit(changed(session([MOUTH] * 5), report=reports)))
    assert [(finding.what, finding.count) for finding in findings] == [(reasons[0], 2), (reasons[2], 1)]
    assert findings[0].cure.startswith("exclude the utterance, or correct its labels")
