"""Refinement brings sounds closer, never farther, stays within the ranges, and says what it changes."""

import dataclasses

import numpy as np
import pytest
import torch

from artinv.matching import refinement
from artinv.matching.gains import gains, measure
from artinv.matching.heads import Head
from artinv.matching.refinement import candidates, closest, evolve, gradient, refine
from artinv.matching.results import Gains, gains_table
from artinv.matching.scores import compare, rendered
from artinv.matching.sounds import to_sound
from artinv.measure.spectra import multi_resolution
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import of_unit
from tests.support import matched
from tests.support.matched import Oracle, fit_params, refine_params, sample_params

TRUTH = torch.tensor([[[0.5, 0.4, 0.6, 0.5]], [[0.2, 0.9, 0.3, 0.8]]])


def render(shares):
    synth = kinds.build("tones", 8000, 2048)
    return to_sound(synth, of_unit(synth.spec, shares), normalise=False)


def distances(shares):
    with torch.no_grad():
        return multi_resolution(render(torch.as_tensor(shares, dtype=torch.float32)), render(TRUTH)).numpy()


def test_the_gradient_finds_the_loudness_of_two_tones():
    start = TRUTH.clone()
    start[..., 1], start[..., 3] = 0.7, 0.2
    found = gradient(render, start, render(TRUTH), refine_params(steps=250, lr=0.004))
    before, after = ((shares - TRUTH)[..., [1, 3]].abs() for shares in (start, found))
    assert (after < 0.25 * before).all()
    assert (distances(found) < 0.5 * distances(start)).all()


@pytest.mark.parametrize("steps", [1, 10])
def test_no_method_returns_settings_that_are_farther_than_the_start(steps):
    start = torch.rand(2, 1, 4, generator=torch.Generator().manual_seed(0))
    chosen = refine_params(steps=steps, lr=0.4, generations=steps, spread=0.4)
    targets = render(TRUTH)
    found = [gradient(render, start, targets, chosen).numpy(),
             np.stack([evolve(render, start[n].numpy(), targets[n], chosen, seed=n) for n in range(2)])]
    for shares in found:
        assert (distances(shares) <= distances(start) + 1e-6).all()
        assert ((shares >= 0) & (shares <= 1)).all()
    assert (distances(gradient(render, TRUTH, targets, chosen)) == 0).all()


def test_settings_at_the_ends_of_their_ranges_are_refined():
    start = torch.tensor([[[0.5, 1.0, 0.6, 0.0]], [[0.2, 0.0, 0.3, 1.0]]])
    found = gradient(render, start, render(TRUTH), refine_params(steps=100, lr=0.004))
    assert (distances(found) < distances(start)).all()


def test_cma_finds_settings_without_a_gradient_and_its_seed_fixes_them():
    start, chosen = TRUTH[0].numpy() + np.float32(0.06), refine_params(generations=30, population=10, spread=0.05)

    def step(shares):
        assert not torch.is_grad_enabled()
        return render(shares)

    found, again, other = (evolve(step, start, render(TRUTH)[0], chosen, seed=seed) for seed in (1, 1, 2))
    assert found.dtype == start.dtype
    np.testing.assert_array_equal(found, again)
    assert (found != other).any()
    lower = multi_resolution(render(torch.from_numpy(found)[None]), render(TRUTH)[:1])
    assert lower < 0.5 * multi_resolution(render(torch.from_numpy(start)[None]), render(TRUTH)[:1])


def test_candidates_are_drawn_from_the_probabilities_of_the_network():
    scores = np.log(np.array([[[[0.1, 0.2, 0.7, 0.0], [0.5, 0.5, 0.0, 0.0]]]]) + 1e-300)
    scores[..., 1, 2:], scores[..., 0, 3] = -np.inf, -np.inf
    guess = np.array([[[1.0, 0.0]]])
    drawn = candidates(scores, guess, refine_params(draws=20_000))
    assert drawn.shape == (1, 20_001, 1, 2)
    np.testing.assert_array_equal(drawn[:, 0], guess)
    shares = [(drawn[0, 1:, 0, 0] == level / 2).mean() for level in range(3)]
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.7], atol=0.015)
    assert set(np.unique(drawn[..., 1])) == {0.0, 1.0}


def test_the_closest_of_several_settings_is_found():
    several = np.random.default_rng(0).random((6, 1, 4)).astype(np.float32)
    several[4] = TRUTH[1].numpy()
    np.testing.assert_array_equal(closest(render, several, render(TRUTH)[1]), several[4])


@pytest.mark.parametrize("method", ["gradient", "cma"])
@pytest.mark.parametrize("draws", [0, 4])
def test_refinement_starts_from_the_estimate_of_the_network(trained, method, draws):
    matcher, parts = trained
    sounds = parts["test"].sound(slice(0, 5))
    guesses, found = refine(matcher, sounds, method, refine_params(draws=draws), workers=1)
    np.testing.assert_array_equal(guesses, matcher.shares(sounds))
    before, after = (compare(rendered(matcher.synthesizer, shares, normalise=False, workers=1), sounds)[1]
                     for shares in (guesses, found))
    assert (after <= before + 1e-6).all()
    assert found.shape == guesses.shape == (5, 1, 4)


def perfect(matcher, levels):
    """Return a matcher whose network knows the levels, but is off by one level in the loudness."""
    head = Head(matcher.head, matcher.synthesizer.spec)
    raw, wrong = torch.zeros(len(levels), 1, head.outputs), levels.astype(int).copy()
    wrong[..., 1] = np.where(wrong[..., 1] == 0, 1, wrong[..., 1] - 1)
    for number, first in enumerate((0, 4, 7, 10)):
        raw[torch.arange(len(levels)), 0, first + torch.from_numpy(wrong[:, 0, number])] = 9.0
    return dataclasses.replace(matcher, weights=Oracle(raw)), wrong


def test_gains_are_those_of_the_settings_before_and_after(trained, monkeypatch):
    matcher, parts = trained
    test = parts["test"].head(4)
    known, wrong = perfect(matcher, test.levels)
    found = gains(known, test, refine_params(methods=["gradient"], steps=250, lr=0.004), workers=1)
    own = found.methods["gradient"]
    assert (found.sounds, found.best, found.network, found.synth) == (4, "gradient", "C1", "tones")
    assert own.parameters["loudness"].before == pytest.approx(50.0)
    assert own.parameters["loudness"].after < 30
    assert own.parameters["pitch"].before == pytest.approx(0, abs=1e-4)
    assert own.multi_resolution.better >= 75
    assert own.log_spectral_distance.fall == pytest.approx(
        100 * (1 - own.log_spectral_distance.after / own.log_spectral_distance.before))
    assert all(own.parameters[name].after > own.parameters[name].before for name in own.worsened)
    assert len(own.worsened) < 4
    steps = np.array([3, 2, 2, 1])
    before = compare(rendered(matcher.synthesizer, wrong / steps, normalise=False, workers=1), test.sound(slice(None)))[0]
    assert own.log_spectral_distance.before == pytest.approx(float(np.median(before)), rel=1e-4)
    text = gains_table(found)
    assert "SYNTHETIC" in text
    assert "less accurate than before: " in text
    assert Gains.from_json(found.to_json()) == found

    def worse(_, sounds, *__):
        return known.shares(sounds), np.zeros((len(sounds), 1, 4), np.float32)

    monkeypatch.setattr("artinv.matching.gains.refine", worse)
    damaged = gains(perfect(matcher, test.levels)[0], test, refine_params(methods=["cma"]), workers=1).methods["cma"]
    assert "pitch" in damaged.worsened
    assert damaged.parameters["pitch"].worse > 0


def test_the_stage_measures_the_first_network(tmp_path, trained):
    matched.parts(tmp_path / "sounds", num_examples=60)
    trained[0].save(tmp_path / "models/C1.safetensors")
    chosen = refine_params(sounds=2, steps=3, generations=2)
    found = measure(tmp_path / "sounds", tmp_path / "models", sample_params(), fit_params(), chosen)
    assert list(found.methods) == ["gradient", "cma"]
    assert found.sounds == 2


def test_parameters_for_single_sounds_have_the_steps_of_the_user():
    quick = refinement.quick(7)
    assert (quick.steps, quick.generations) == (7, 7)
