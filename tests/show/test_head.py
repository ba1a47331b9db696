"""Drawn head: closed lips, tongue through its coils and below the palate, missing coils, and the script of the page."""

import math
from dataclasses import asdict

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.show.view import head, sagittal
from artinv.show.view.profile import STEP, USUAL, coils_of, fit
from tests.support import javascript
from tests.support.scenes import motion, synthetic
from tests.support.toys import rng

NO_PALATE = np.zeros((0, 2))
TONGUE = sagittal.TONGUE


def frames(count, spread=4.0, key="head"):
    """Return random frames (count, 18): coils around their usual places, with a standard deviation of `spread` mm."""
    generator = rng(key)
    values = np.full((count, 18), np.nan, np.float32)
    for coil, place in USUAL.items():
        first = CHANNELS.index(f"{coil}_x")
        values[:, first:first + 2] = np.round(place + spread * generator.standard_normal((count, 2)), 2)
    return values


def drawn(values, palate=NO_PALATE):
    profile = fit({"a": values}, palate)
    return profile, [head.outlines(profile, profile.people["a"], coils_of(frame)) for frame in values]


def distance(line, place):
    """Return the distance of a point from a line."""
    line = np.array(line)
    start, step = line[:-1], np.diff(line, axis=0)
    share = np.clip(((place - start) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-12), 0, 1)
    return np.linalg.norm(start + share[:, None] * step - place, axis=1).min()


def inside(polygon, place):
    """Return whether a point lies inside a polygon, by the number of its edges to the right."""
    x, y = place
    crossings = 0
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y0 > y) != (y1 > y):
            crossings += x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return crossings % 2 == 1


@pytest.fixture(scope="module")
def many():
    values = frames(2000)
    return values, *drawn(values)


def test_the_tongue_passes_through_its_coils(many):
    values, _, heads = many
    for frame, outlines in zip(values, heads, strict=True):
        for coil in TONGUE:
            assert distance(outlines.dorsum, coils_of(frame)[coil]) < 0.5


def test_the_tongue_is_never_above_the_palate(many):
    _, profile, heads = many
    x = profile.left + STEP * np.arange(len(profile.roof))
    for outlines in heads:
        places = np.array([*outlines.dorsum, *outlines.under])
        below = (places[:, 0] >= x[0]) & (places[:, 0] <= x[-1])
        assert (places[below, 1] <= np.interp(places[below, 0], x, profile.roof) + 1e-6).all()


def test_the_tongue_crosses_neither_the_lower_teeth_nor_the_pharynx(many):
    _, profile, heads = many
    for outlines in heads:
        assert not any(inside(outlines.teeth, place) for place in (*outlines.dorsum, *outlines.under))
        assert min(place[0] for place in outlines.dorsum) > profile.pharynx


def test_the_roof_keeps_the_shape_of_the_palate_where_no_coil_is_above_it():
    x = np.linspace(-60, -8, 80)
    palate = np.stack([x, 9 - 0.012 * (x + 38) ** 2], axis=1)
    profile = fit({"a": motion(2, 100)}, palate)
    heights = [head.roof_at(profile, place) for place in x]
    assert np.abs(np.array(heights) - palate[:, 1]).max() < 0.05
    assert profile.measured == [-60, -8]
    low = frames(400, 1.0)
    low[5, CHANNELS.index("tb_x"):CHANNELS.index("tb_x") + 2] = -33.0, 13.0
    raised = fit({"a": low}, palate)
    assert head.roof_at(raised, -33.0) == pytest.approx(13.01, abs=0.02)
    assert head.roof_at(raised, -50.0) == pytest.approx(np.interp(-50, *palate.T), abs=0.05)


def test_lips_touch_exactly_at_the_smallest_distance_of_their_coils(many):
    values, profile, heads = many
    upper, lower = (np.round(values[:, CHANNELS.index(f"{coil}_y")].astype(float), 2) for coil in ("ul", "ll"))
    apart = upper - lower
    for distance_, outlines in zip(apart, heads, strict=True):
        lowest, highest = min(y for _, y in outlines.upper_lip), max(y for _, y in outlines.lower_lip)
        assert lowest - highest == pytest.approx(distance_ - apart.min(), abs=1e-5)
        assert outlines.opening == pytest.approx(distance_ - apart.min(), abs=1e-5)
    closed = heads[int(apart.argmin())]
    assert closed.opening < 1e-5
    assert sum(outlines.opening < 0.005 for outlines in heads) == (apart - apart.min() < 0.005).sum()
    upper = {round(x, 6) for x, y in closed.upper_lip if y - closed.lower_lip[16][1] < 1e-5}
    lower = [x for x, y in closed.lower_lip if closed.lower_lip[16][1] - y < 1e-5]
    assert max(min(upper), min(lower)) + 0.5 < min(max(upper), max(lower))  # they touch along a line, not at a point
    assert profile.people["a"].contact == apart.min()


def test_lips_are_closed_in_the_frame_of_the_page():
    """The page shows positions rounded to 0.01 mm; the opening of the closest frame is exactly 0."""
    values = motion(2, 100)
    rounded = np.round(values.astype(float), 2)
    profile = fit({"a": values}, NO_PALATE)
    openings = [head.outlines(profile, profile.people["a"], coils_of(frame)).opening for frame in rounded]
    assert min(openings) == 0.0
    assert np.argmin(openings) == np.argmin(rounded[:, CHANNELS.index("ul_y")] - rounded[:, CHANNELS.index("ll_y")])


def test_jaw_and_lower_teeth_move_with_the_lower_incisor():
    values = frames(2, 0.0)
    jaw = CHANNELS.index("li_x")
    values[1, jaw:jaw + 2] += (-2.0, -7.0)
    _, (rest, low) = drawn(values)
    assert np.allclose(np.array(low.teeth) - rest.teeth, (-2, -7), atol=1e-5)
    chin = np.array(low.lower_lip[64]) - rest.lower_lip[64]
    assert np.allclose(chin, (-2, -7), atol=1e-5)


def test_the_velum_closes_the_nose_at_its_highest_position_and_its_end_moves():
    values = frames(2, 0.0)
    values[1, CHANNELS.index("v_y")] -= 4.0
    profile, (raised, lowered) = drawn(values)
    assert (raised.port, lowered.port) == (0.0, 8.0)
    assert min(x for x, _ in raised.velum) == pytest.approx(profile.pharynx, abs=0.5)
    assert min(x for x, _ in lowered.velum) == pytest.approx(profile.pharynx + 8, abs=1.5)
    assert np.linalg.norm(np.subtract(raised.velum[24], lowered.velum[24])) > 4


@pytest.mark.parametrize("gap", [0.0, 0.8, 1.1, 4.0])
def test_contact_is_drawn_where_the_tongue_is_near_the_palate(gap):
    x = np.linspace(-62, -6, 90)
    palate = np.stack([x, np.full(90, 5.0)], axis=1)
    values = frames(3, 0.0)
    for coil in TONGUE:
        values[1, CHANNELS.index(f"{coil}_y")] = 5.0 - gap
    _, (_, near, _) = drawn(values, palate)
    assert bool(near.contact) == (gap <= head.TOUCH)
    for stretch in near.contact:
        assert all(y == pytest.approx(5.0, abs=0.02) for _, y in stretch)


@pytest.mark.parametrize("missing", [("v",), ("ul", "ll"), ("ul",), ("ll",), ("li",), ("tt",), ("tb", "td"), TONGUE, tuple(USUAL)])
def test_missing_coils_get_neutral_positions(missing):
    values = frames(40, 2.0)
    for coil in missing:
        values[:, CHANNELS.index(f"{coil}_x"):CHANNELS.index(f"{coil}_x") + 2] = np.nan
    profile, heads = drawn(values)
    assert set(profile.people["a"].known) == set(USUAL) - set(missing)
    for outlines in heads:
        parts = [part for name, part in asdict(outlines).items() if isinstance(part, list) and name != "contact"]
        assert all(np.isfinite(part).all() for part in parts)
        assert math.isfinite(outlines.opening)
    if {"ul", "ll"} & set(missing):
        assert all(outlines.opening >= 0 for outlines in heads)
    if set(missing) & {"ul", "ll"} == {"ul", "ll"}:
        assert {round(outlines.opening, 6) for outlines in heads} == {2.0}


def test_a_missing_tongue_coil_moves_with_the_others():
    values = frames(30, 2.0)
    profile = fit({"a": values}, NO_PALATE)
    person = profile.people["a"]
    coils = {coil: person.neutral[coil] for coil in USUAL} | {"tb": None}
    coils["tt"], coils["td"] = (np.add(person.neutral[coil], (1.0, 3.0)) for coil in ("tt", "td"))
    assert np.allclose(head.completed(person, coils)["tb"], np.add(person.neutral["tb"], (1.0, 3.0)))


def test_the_curve_passes_through_its_knots_and_is_straight_between_knots_on_a_line():
    knots = [(0.0, 0.0), (3.0, 1.0), (4.0, -2.0), (9.0, 0.0)]
    curve = head.smooth(knots)
    assert [curve[8 * k] for k in range(4)] == [pytest.approx(knot) for knot in knots]
    line = head.smooth([(0.0, 0.0), (1.0, 2.0), (4.0, 8.0)])
    assert all(y == pytest.approx(2 * x) for x, y in line)


@pytest.mark.parametrize("name", ["F01", "M01"])
def test_lips_close_in_p_b_m_and_the_tongue_touches_the_palate_in_t_d_n_k_g(name):
    """The labels of the synthesizer are the authority: they state when its lips and its tongue close the tract."""
    seen = {"PBM": 0, "TDNKG": 0}
    for shown in synthetic(4, name):
        motion_, rate = shown.measured.motion, shown.measured.rate
        profile = fit({"a": motion_}, shown.palate)
        for phone in shown.phones:
            kind = next((kind for kind in seen if phone.text.upper() in {*kind}), None)
            if kind is None:
                continue
            frames_ = motion_[int(phone.start * rate):int(phone.end * rate) + 1:2]
            during = [head.outlines(profile, profile.people["a"], coils_of(frame)) for frame in frames_]
            if kind == "PBM":
                assert min(outlines.opening for outlines in during) < 1.0, (shown.text, phone)
            else:
                assert any(outlines.contact for outlines in during), (shown.text, phone)
            seen[kind] += 1
    assert min(seen.values()) >= 2


@javascript.needed
@pytest.mark.parametrize("missing", [(), ("v", "ul", "tt"), ("li", "ll", "td")])
def test_the_script_of_the_page_draws_the_same_outlines(missing):
    values = frames(80, 4.0, "script")
    for coil in missing:
        values[::2, CHANNELS.index(f"{coil}_x"):CHANNELS.index(f"{coil}_x") + 2] = np.nan
    profile, heads = drawn(values)
    given = {"profile": profile.to_json(), "frames": [coils_of(frame) for frame in values]}
    code = "input.frames.map((coils) => Head(input.profile).outlines(input.profile.people.a, coils))"
    got = javascript.run(["head.js"], code, given)
    for outlines, other in zip(heads, got, strict=True):
        for name, part in asdict(outlines).items():
            pairs = zip(part, other[name], strict=True) if name == "contact" else [(part, other[name])]
            assert all(np.allclose(np.array(a, float), np.array(b, float), atol=1e-9) for a, b in pairs), name


def test_parts_of_outlines_end_at_the_coils():
    frame = frames(1, 0.0)
    (outlines,) = drawn(frame)[1]
    coils = coils_of(frame[0])
    parts = {
        name: getattr(outlines, outline)[slice(*head.SPANS[name])] for name, outline in (
            ("tongue_coils", "dorsum"), ("tongue_root", "dorsum"), ("upper_red", "upper_lip"), ("lower_red", "lower_lip"),
            ("velum_side", "velum"),
        )
    }
    for place, coil in ((parts["tongue_coils"][-1], "td"), (parts["tongue_root"][0], "td"), (parts["upper_red"][0], "ul"),
                        (parts["lower_red"][-1], "ll"), (parts["velum_side"][head.PER], "v")):
        assert place == pytest.approx(coils[coil], abs=0.01), coil
    assert parts["upper_red"][-1][0] < coils["ul"][0], "the inner side of the lip"
    assert parts["lower_red"][0][0] < coils["ll"][0], "the inner side of the lip"


@javascript.needed
def test_the_script_of_the_page_draws_the_same_parts_of_outlines():
    profile, _ = drawn(frames(3))
    code = "Object.fromEntries(Object.keys(Head(input).spans).map((name) => [name, Head(input).part([...Array(99).keys()], name)]))"
    got = javascript.run(["head.js"], code, profile.to_json())
    assert got == {name: list(range(99))[slice(*span)] for name, span in head.SPANS.items()}
