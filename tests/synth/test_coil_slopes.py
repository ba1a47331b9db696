"""Derivatives of the coils by the controls: those of automatic differentiation, of finite differences, and in the search."""

from itertools import pairwise

import pytest
import torch

from artinv.synth.fitting.coil_slopes import CoilSlopes
from artinv.synth.fitting.curve_slopes import MOVING, Curve, Places, knot_slopes
from artinv.synth.fitting.frame_search import FrameSearch, Target
from artinv.synth.fitting.prior import speaker_prior
from artinv.synth.speaker.speakers import make_speaker
from artinv.synth.tract.controls import BOUNDS, CONTROL
from artinv.synth.tract.curve import monotone_cubic
from artinv.synth.tract.geometry import Geometry

pytestmark = pytest.mark.usefixtures("one_thread")
SPEAKERS = ("F01", "fsew0", "M03")


def draw(frames: int, wider: float = 0.0) -> torch.Tensor:
    """Return random controls (frames, 13) within their bounds, or beyond them by a share of their range."""
    low, high = torch.tensor(list(BOUNDS.values()), dtype=torch.float64).T
    shares = torch.rand(frames, len(BOUNDS), dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    return low + (high - low) * ((1 + 2 * wider) * shares - wider)


def automatic(function, controls: torch.Tensor) -> torch.Tensor:
    """Return the derivatives (T, N, 13) of a function (T, 13) -> (T, N) by backpropagation."""
    inputs = controls.clone().requires_grad_()
    values = function(inputs)
    return torch.stack([torch.autograd.grad(value.sum(), inputs, retain_graph=True)[0] for value in values.unbind(1)], 1)


@pytest.fixture(scope="module", params=SPEAKERS)
def geometry(request):
    return Geometry(make_speaker(request.param).anatomy, torch.float64)


@pytest.mark.parametrize("wider", [0.0, 0.5])
def test_the_derivatives_are_those_of_automatic_differentiation(geometry, wider):
    controls = draw(1500, wider)
    torch.testing.assert_close(CoilSlopes(geometry)(controls), automatic(geometry.coils, controls), rtol=1e-5, atol=1e-6)


def test_the_derivatives_are_those_of_finite_differences(geometry):
    controls, step = draw(300), 1e-6
    moved = step * torch.eye(len(CONTROL), dtype=torch.float64).unsqueeze(1)
    ends = geometry.coils(torch.cat([controls + moved, controls - moved]).flatten(0, 1)).view(2, len(CONTROL), 300, 14)
    numeric = ((ends[0] - ends[1]) / (2 * step)).permute(1, 2, 0)
    off = (CoilSlopes(geometry)(controls) - numeric).abs() > 1e-4 + 1e-4 * numeric.abs()
    assert off.any(-1).any(-1).double().mean() < 0.01  # frames at a bend of a piecewise function


def test_single_precision_is_enough_for_a_step():
    anatomy, controls = make_speaker("F01").anatomy, draw(1000)
    exact, single = CoilSlopes(Geometry(anatomy, torch.float64))(controls), CoilSlopes(Geometry(anatomy))(controls.float())
    assert single.dtype == torch.float32
    error = (single - exact).norm(dim=(1, 2)) / exact.norm(dim=(1, 2))
    assert error.median() < 1e-4
    assert (error > 0.01).double().mean() < 0.01  # rounding moves a coil into the next segment


def test_root_larynx_and_sides_move_no_coil_of_lips_and_velum(geometry):
    slopes = CoilSlopes(geometry)(draw(50))
    assert not slopes[:, :, [CONTROL["lat"], CONTROL["lar"]]].any()
    assert not slopes[:, 6:, CONTROL["rt_d"]].any()


def test_the_knots_move_as_automatic_differentiation_says(geometry):
    controls = draw(1500, 0.5)
    for own, number in zip(knot_slopes(controls, geometry.anatomy), (0, 1), strict=True):
        expected = automatic(lambda values, number=number: geometry.knots(values)[number], controls)[..., :MOVING]
        torch.testing.assert_close(own, expected, rtol=0, atol=1e-12)


def test_heights_are_those_of_the_curve_and_their_weighted_sums_have_its_derivatives(geometry):
    controls = draw(40)
    s = torch.linspace(1.0, 2.97, 25, dtype=torch.float64).expand(40, -1)
    weights = torch.randn(40, 2, 25, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    curve = Curve(*geometry.knots(controls), *knot_slopes(controls, geometry.anatomy))
    places = Places(curve, s)
    torch.testing.assert_close(places.height, monotone_cubic(*geometry.knots(controls), s))
    step = 1e-7
    torch.testing.assert_close(places.rise, (Places(curve, s + step).height - Places(curve, s - step).height) / (2 * step))
    expected = automatic(
        lambda values: (weights * monotone_cubic(*geometry.knots(values), s).unsqueeze(1)).sum(-1), controls)[..., :MOVING]
    torch.testing.assert_close(places.by_values(weights) @ curve.slopes, expected)


def test_a_step_never_raises_the_cost_and_a_neighbour_is_taken_where_it_is_better():
    speaker = make_speaker("F01")
    geometry, prior = Geometry(speaker.anatomy), speaker_prior(speaker, 2)
    z = 0.7 * torch.randn(20, 13, generator=torch.Generator().manual_seed(5))
    coils = geometry.coils(prior.controls(z))
    coils[3:5, 2] = torch.nan
    search = FrameSearch(Target(coils, geometry, prior, 0.3))
    costs = [search._cost(search.z, search.reached)]
    for _ in range(6):
        search.step()
        costs.append(search._cost(search.z, search.reached))
    assert all((after <= before).all() for before, after in pairwise(costs))
    assert costs[-1].median() < 0.05 * costs[0].median()
    torch.testing.assert_close(search.reached, geometry.coils(prior.controls(search.z)), rtol=1e-4, atol=1e-3)
    kept = search.z.clone()
    search.z[7], search.reached[7] = 0.0, geometry.coils(prior.controls(torch.zeros(1, 13)))[0]
    worse = search._cost(search.z, search.reached)[7]
    search.try_neighbours((1, -1))
    assert search._cost(search.z, search.reached)[7] <= worse
    unchanged = torch.arange(20) != 7
    assert torch.equal(search.z[unchanged], kept[unchanged])
