"""Coils over time -> controls over time: known controls are recovered, and the banded solution is that of dense equations."""

import numpy as np
import pytest
import torch

from artinv.speaking.voices import voice
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.tracking import Weights, _banded_solution, _bent, _second_differences, track
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.tract.controls import CONTROL

pytestmark = pytest.mark.usefixtures("one_thread")
MEASURED = ("jaw", "ap_s", "ap_d", "tb_s", "tb_d", "td_s", "td_d", "lh", "lp", "vel")
"""Controls that move a coil; root, larynx and the sides of the tongue move none."""


@pytest.fixture(scope="module")
def person():
    return voice("man")


@pytest.fixture(scope="module")
def controls(person):
    """Return the controls of a sentence at 100 Hz."""
    score = compose(person.speaker, sentence("track", 1), 1)[1]
    return torch.from_numpy(score.controls[::2].astype(np.float32))


@pytest.fixture(scope="module")
def coils(person, controls):
    return person.synth.geometry.coils(controls)


@pytest.fixture(scope="module")
def tracked(person, coils):
    return track(coils, person.synth.geometry, person.prior)


def test_controls_are_recovered_from_their_coils(person, controls, tracked):
    scale = person.prior.root.square().sum(1).sqrt()
    error = ((tracked - controls) / scale).square().mean(0).sqrt()
    for name in MEASURED:
        assert error[CONTROL[name]] < 0.25, name  # standard deviations of the prior
    assert error[CONTROL["rt_d"]] < 0.8  # only its correlation with the other controls is known


def test_the_coils_reach_their_places(person, coils, tracked):
    assert (person.synth.geometry.coils(tracked) - coils).abs().mean() < 0.08


def test_smoothness_keeps_most_of_the_noise_out(person, controls, coils):
    noisy = coils + 0.5 * torch.randn(coils.shape, generator=torch.Generator().manual_seed(0))
    scale = person.prior.root.square().sum(1).sqrt()

    def error(estimated):
        columns = [CONTROL[name] for name in MEASURED]
        return float((((estimated - controls) / scale)[:, columns]).square().mean().sqrt())

    smooth = error(track(noisy, person.synth.geometry, person.prior, Weights(mm=0.5)))
    assert smooth < 0.8 * error(track(noisy, person.synth.geometry, person.prior, Weights(mm=0.5, bend=0.0)))
    assert smooth < 0.8 * error(pose(noisy, person.synth.geometry, person.prior, 0.5))


def test_a_missing_coil_follows_the_others(person, controls, coils, tracked):
    gapped = coils.clone()
    gapped[:, 12:] = torch.nan
    gapped[20:30, :2] = torch.nan
    estimated = track(gapped, person.synth.geometry, person.prior)
    assert torch.isfinite(estimated).all()
    assert (estimated - tracked)[20:30, CONTROL["jaw"]].abs().max() < 1.0


def test_a_long_motion_in_parts_equals_one_in_whole(person, coils, monkeypatch):
    whole = track(coils, person.synth.geometry, person.prior)
    monkeypatch.setattr("artinv.synth.fitting.tracking._LONGEST", 120)
    parts = track(coils, person.synth.geometry, person.prior)
    assert parts.shape == whole.shape
    assert (person.synth.geometry.coils(parts) - person.synth.geometry.coils(whole)).abs().mean() < 0.05


def test_equal_coils_give_equal_bytes(person, coils, tracked):
    assert torch.equal(track(coils.clone(), person.synth.geometry, person.prior), tracked)


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_the_banded_solution_is_that_of_the_dense_equations(frames):
    size, bend, damping = 4, 3.0, 0.2
    draws = torch.Generator().manual_seed(frames)
    root = torch.randn(frames, size, size, generator=draws)
    blocks, right = root @ root.mT + torch.eye(size), torch.randn(frames, size, generator=draws)
    second = np.diff(np.eye(frames), 2, axis=0)
    dense = np.kron(bend * second.T @ second + damping * np.eye(frames), np.eye(size))
    for frame in range(frames):
        place = slice(frame * size, (frame + 1) * size)
        dense[place, place] += blocks[frame].numpy()
    expected = np.linalg.solve(dense, right.numpy().ravel()).reshape(frames, size)
    solved = _banded_solution(blocks, _second_differences(frames, bend), right, damping)
    np.testing.assert_allclose(solved.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_the_gradient_of_the_smoothness_is_exact():
    z = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).requires_grad_()
    gradient, = torch.autograd.grad(2.5 * z.diff(dim=0, n=2).square().sum(), z)
    torch.testing.assert_close(2 * _bent(z.detach(), 2.5), gradient)
