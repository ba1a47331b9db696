"""Shapes and coils: curves against scipy, and physical constraints."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.interpolate import PchipInterpolator

from artinv.core.channels import COIL_COLUMNS, derive
from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.tract import lips
from artinv.synth.tract.anatomy import FEMALE, MALE, SECTIONS, palate, wall
from artinv.synth.tract.controls import BOUNDS, CONTROL, CONTROLS
from artinv.synth.tract.curve import monotone_cubic, soft_floor
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.wall_table import WallTable

torch.set_num_threads(1)


def random_controls(count: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    low, high = np.array(list(BOUNDS.values())).T
    return torch.tensor(np.random.default_rng(seed).uniform(low, high, (count, len(CONTROLS))), dtype=dtype)


def posture(**changes: float) -> torch.Tensor:
    """Return an open, neutral vowel with some controls changed."""
    controls = torch.tensor(VOWELS["ah"], dtype=torch.float32)[None].clone()
    for name, value in changes.items():
        controls[:, CONTROL[name]] = value
    return controls


def coils(controls: torch.Tensor, anatomy=MALE) -> dict[str, np.ndarray]:
    return dict(zip(COIL_COLUMNS, Geometry(anatomy).coils(controls).numpy().T, strict=True))


def test_the_curve_equals_that_of_scipy_between_inner_knots():
    rng = np.random.default_rng(0)
    at, height = np.cumsum(rng.uniform(0.1, 1, (20, 8)), 1), rng.normal(size=(20, 8))
    query = np.sort(rng.uniform(at[:, 1:2], at[:, -2:-1], (20, 50)), 1)
    curve = monotone_cubic(*(torch.tensor(x) for x in (at, height, query))).numpy()
    expected = [PchipInterpolator(x, y)(q) for x, y, q in zip(at, height, query, strict=True)]
    np.testing.assert_allclose(curve, expected, atol=1e-9)


def test_a_soft_floor_limits_values_and_leaks_only_below_it():
    x = torch.tensor([-4.0, -1.0, 5.0, 20.0])
    assert soft_floor(x, 0.3).numpy() == pytest.approx([0, 0, 5, 20], abs=0.02)
    assert soft_floor(x, 0.3, leak=0.25).numpy() == pytest.approx([-1, -0.25, 5, 20], abs=0.02)


@pytest.mark.parametrize("anatomy", [MALE, FEMALE])
def test_the_wall_is_smooth(anatomy):
    s = np.linspace(0, 3, 2000)
    points, inward = wall(anatomy, s)
    assert np.hypot(*np.diff(points, axis=0).T).max() < 0.15  # mm in a step of 0.0015
    assert np.hypot(*inward.T) == pytest.approx(1)
    assert palate(anatomy, np.array([0.0, 1.0])) == pytest.approx([0.924 * anatomy.palate_height_mm, 0], abs=1e-9)
    table = WallTable(anatomy, torch.float64)(torch.tensor(s), torch.full((2000,), 7.0).double())
    np.testing.assert_allclose(table, points + 7 * inward, atol=0.05)


def test_the_tracts_of_adults_have_realistic_lengths():
    assert MALE.tract_mm == pytest.approx(169, abs=3)
    assert FEMALE.tract_mm == pytest.approx(145, abs=3)


def test_shapes_are_bounded_for_any_controls():
    extreme = 40 * torch.randn(500, 13, generator=torch.Generator().manual_seed(1))
    for controls in (random_controls(500), extreme):
        shape = Geometry(MALE).shape(controls)
        assert shape.area.shape == (500, SECTIONS)
        assert all(torch.isfinite(part).all() for part in shape)
        for part in (shape.area, shape.lip_area, shape.lip_len, shape.lar_len):
            assert part.min() > 1e-4
        assert shape.port.min() >= 0


def test_contact_closes_the_tube_and_the_velum_opens_the_port():
    shape = Geometry(MALE).shape(torch.cat([posture(), posture(ap_s=2.8, ap_d=-2.0), posture(lh=-2.0), posture(vel=1.0)]))
    assert (shape.area.amin(1) < 0.01).tolist() == [False, True, False, False]
    assert (shape.lip_area < 0.01).tolist() == [False, False, True, False]
    assert (shape.port < 0.01).tolist() == [True, True, True, False]


@pytest.mark.parametrize("anatomy", [MALE, FEMALE])
def test_coils_are_inside_the_tract_and_in_order(anatomy):
    controls = random_controls(800)
    position = coils(controls, anatomy)
    roof, _ = wall(anatomy, np.linspace(1, 3, 800))
    for coil in ("tt", "tb", "td"):
        assert (position[f"{coil}_y"] < np.interp(position[f"{coil}_x"], *roof.T)).all()
        assert (position[f"{coil}_x"] > roof[0, 0]).all()
    assert (position["tt_x"] > position["tb_x"]).all()
    assert (position["tb_x"] > position["td_x"]).all()
    assert (position["ul_x"] > 0).all()
    assert (position["ul_y"] > position["ll_y"]).all()
    assert (position["li_x"] < position["ll_x"]).all()


def test_the_distance_of_neighbouring_tongue_coils_is_nearly_constant():
    vowels = coils(torch.tensor(np.array(list(VOWELS.values())), dtype=torch.float32))
    for front, rear in (("tt", "tb"), ("tb", "td")):
        distance = np.hypot(vowels[f"{front}_x"] - vowels[f"{rear}_x"], vowels[f"{front}_y"] - vowels[f"{rear}_y"])
        assert distance.min() > 13
        assert distance.max() < 23
        assert distance.std() < 2.5


def test_lip_aperture_is_the_opening_plus_a_constant():
    controls = random_controls(300)
    aperture = derive(Geometry(MALE).coils(controls).numpy().astype(float))[:, 12]
    opening = lips.opening(controls).numpy()
    apart = opening > 2
    assert (aperture - opening)[apart] == pytest.approx(MALE.ul_off[1] - MALE.ll_off[1], abs=0.02)
    assert aperture[opening < -1].max() < 18  # pressed lips are thinner


def test_the_lower_lip_moves_with_the_jaw_except_in_a_closure():
    high, low = coils(posture(lh=8.0, jaw=3.0)), coils(posture(lh=8.0, jaw=11.0))
    assert high["ll_y"] - low["ll_y"] > 0.5 * (high["li_y"] - low["li_y"]) > 3
    assert high["ll_x"] - low["ll_x"] == pytest.approx(high["li_x"] - low["li_x"], abs=1e-4)
    shut = lips.opening(torch.cat([posture(lh=-2.0, jaw=3.0), posture(lh=-2.0, jaw=11.0)]))
    assert shut.tolist() == [-2.0, -2.0]


def test_protrusion_moves_both_lips_and_the_velum_lowers_forward():
    flat, round_ = coils(posture(lp=0.0)), coils(posture(lp=6.0))
    assert round_["ul_x"] - flat["ul_x"] > 3
    assert round_["ll_x"] - flat["ll_x"] > 3
    up, down = coils(posture(vel=0.0)), coils(posture(vel=1.0))
    assert down["v_x"] - up["v_x"] > 3
    assert up["v_y"] - down["v_y"] > 2


def test_contact_limits_motion_towards_a_virtual_target():
    head = replace(MALE, tt_off=0.0)  # a coil on the apex itself
    near, touching, pressing = (coils(posture(ap_s=2.8, ap_d=d), head) for d in (2.0, -0.5, -2.5))
    assert touching["tt_y"] - near["tt_y"] > 1.0
    assert 0 < pressing["tt_y"] - touching["tt_y"] < 0.5


def test_gradients_equal_finite_differences():
    geometry = Geometry(MALE, torch.float64)
    controls = random_controls(4, 5, torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(geometry.coils, controls, eps=1e-7, atol=1e-4)
    assert torch.autograd.gradcheck(lambda c: geometry.shape(c).area, controls, eps=1e-7, atol=1e-4)
