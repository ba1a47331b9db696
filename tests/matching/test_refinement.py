"""Refinement brings sounds closer, never farther, stays within the ranges, and says what it changes."""

import dataclasses

import numpy as np
import pytest
import torch

from artinv.matching import refinement
from artinv.matching.gains import _change, gains, measure
from artinv.matching.heads import Head
from artinv.matching.refinement import drawn, evolve, gradient, refine, search
from artinv.matching.results import Gains, gains_table
from artinv.matching.scores import compare, rendered
from artinv.matching.sounds import to_sound
from artinv.matching.target import FARTHEST, Target
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
    found = gradient(render, start, render(TRUTH), refine_params(steps=800, lr=0.003))
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


def test_the_result_of_the_last_step_counts():
    start = TRUTH.clone()
    start[..., 1], start[..., 3] = 0.7, 0.2

    def loud(shares):
        return render(torch.where(torch.tensor([False, True, False, True]), shares, TRUTH))

    found = gradient(loud, start, render(TRUTH), refine_params(steps=1, lr=0.004))
    np.testing.assert_allclose((found - start)[..., [1, 3]].abs(), 0.004, rtol=1e-3)
    found[..., [0, 2]] = TRUTH[..., [0, 2]]
    assert (distances(found) < distances(start)).all()


def test_a_parameter_without_a_gradient_stays():
    def without(shares):
        return render(shares) + 0 * (shares[..., 0] - 0.5).abs().sqrt()

    start = torch.tensor([[[0.5, 0.7, 0.6, 0.2]]])
    found = gradient(without, start, render(TRUTH[:1]), refine_params(steps=30, lr=0.01))
    assert found[0, 0, 0] == 0.5
    assert (found[0, 0, 1:] != start[0, 0, 1:]).all()


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


def test_cma_ends_where_no_setting_changes_the_sound():
    rendered_by, chosen = [], refine_params(generations=500, population=8)

    def deaf(shares):
        rendered_by.append(len(shares))
        return render(TRUTH[:1]).expand(len(shares), -1)

    start = np.float32([[0.1, 0.2, 0.3, 0.4]])
    np.testing.assert_array_equal(evolve(deaf, start, render(TRUTH)[1], chosen, seed=0), start)
    assert len(rendered_by) < 100


def test_settings_are_drawn_from_the_probabilities_of_the_network():
    scores = np.log(np.array([[[[0.1, 0.2, 0.7, 0.0], [0.5, 0.5, 0.0, 0.0]]]]) + 1e-300)
    scores[..., 1, 2:], scores[..., 0, 3] = -np.inf, -np.inf
    guess = np.array([[[1.0, 0.0]]])
    tried = drawn("softmax", scores, guess, refine_params(rounds=2, draws=20_000, redrawn=0.25))
    assert tried.shape == (1, 2, 20_000, 1, 2)
    for own in (tried[0, 0, :, 0], tried[0, 1, :, 0][~np.isnan(tried[0, 1, :, 0]).any(1)]):
        shares = [(own[:, 0] == level / 2).mean() for level in range(3)]
        np.testing.assert_allclose(shares, [0.1, 0.2, 0.7], atol=0.04)
        assert set(np.unique(own[:, 1])) == {0.0, 1.0}
    assert np.isfinite(tried[:, 0]).all()
    assert np.isfinite(tried[:, 1]).mean() == pytest.approx(0.25, abs=0.01)


def test_settings_drawn_for_a_regression_lie_around_its_estimate():
    guess = np.array([[[0.5, 1.0]]])
    scores = np.zeros((1, 1, 2, 4))
    tried = drawn("regression", scores, guess, refine_params(rounds=1, draws=20_000, spread=0.1))[0, 0, :, 0]
    np.testing.assert_allclose([tried[:, 0].mean(), tried[:, 0].std()], [0.5, 0.1], atol=0.005)
    assert (tried[:, 1] == 1).mean() == pytest.approx(0.5, abs=0.02), "beyond the range"
    below = drawn("regression", scores, 1 - guess, refine_params(rounds=1, draws=20_000, spread=0.1))[0, 0, :, 0]
    assert (below[:, 1] == 0).mean() == pytest.approx(0.5, abs=0.02)
    assert tried.min() >= 0


@pytest.mark.parametrize("count", [1, 3])
def test_distances_to_a_target_are_those_of_the_measure(count):
    generator = torch.Generator().manual_seed(0)
    sounds, given = torch.randn(3, 4000, generator=generator), torch.randn(count, 4000, generator=generator)
    given[0, 1000:] = 0
    expected = multi_resolution(sounds, given.expand(3, -1))
    torch.testing.assert_close(Target(given).distances(sounds), expected, rtol=1e-6, atol=0)
    assert (Target(given).distances(given) == 0).all()


@pytest.mark.parametrize("name", ["tract7", "fm23"])
def test_what_a_search_finds_can_be_followed_by_a_gradient(name):
    """Sounds rendered without gradient leave nothing behind that a gradient could not use."""
    synth = kinds.build(name, 16000, 2000)
    shares = torch.full((2, 1, len(synth.spec)), 0.5)
    shares[1] += 0.1
    targets = to_sound(synth, of_unit(synth.spec, shares + 0.05), normalise=False).detach()

    def fresh(own):
        return to_sound(synth, of_unit(synth.spec, own), normalise=False)

    start = torch.from_numpy(search(fresh, shares[0].numpy(), shares[None].numpy(), targets[1]))[None]
    found = gradient(fresh, start, targets[1:], refine_params(steps=8, lr=0.005))
    before, after = (multi_resolution(fresh(own), targets[1:]) for own in (start, found))
    assert after < before


def test_a_search_keeps_the_closest_settings_and_changes_some_of_their_parameters():
    truth, several = TRUTH[1].numpy(), np.random.default_rng(0).random((3, 6, 1, 4)).astype(np.float32)
    np.testing.assert_array_equal(search(render, truth, several, render(TRUTH)[1]), truth)
    several[1, 4] = truth
    np.testing.assert_array_equal(search(render, several[0, 0], several, render(TRUTH)[1]), truth)
    parts = np.full((2, 1, 1, 4), np.nan, np.float32)
    parts[0, ..., 1:] = truth[..., 1:]
    parts[1, ..., 0] = truth[..., 0]
    np.testing.assert_array_equal(search(render, several[0, 1], parts, render(TRUTH)[1]), truth)
    np.testing.assert_array_equal(search(render, truth, several[:, :0], render(TRUTH)[1]), truth)


def broken(shares):
    """Return sounds that are NaN where the loudness of the first tone is above 0.95."""
    return torch.where(shares[:, :, 1] > 0.95, torch.nan, render(shares))


def test_a_proposal_without_a_sound_does_not_hide_the_others_of_its_round():
    truth, several = TRUTH[0].numpy(), np.random.default_rng(0).random((1, 6, 1, 4)).astype(np.float32)
    several[..., 1] *= 0.9
    several[0, 2, 0, 1], several[0, 4] = 1.0, truth
    np.testing.assert_array_equal(search(broken, several[0, 0], several, render(TRUTH)[0]), truth)
    np.testing.assert_array_equal(search(broken, several[0, 2], several, render(TRUTH)[0]), truth)


def test_a_start_without_a_sound_is_left():
    start, chosen = np.float32([[0.5, 0.96, 0.6, 0.5]]), refine_params(generations=4, population=8, spread=0.2)
    assert distances_to_truth(evolve(broken, start, render(TRUTH)[0], chosen, seed=0)) < FARTHEST
    assert distances_to_truth(start) == np.float32(FARTHEST)


def distances_to_truth(shares):
    return float(Target(render(TRUTH)[:1]).distances(broken(torch.from_numpy(shares[None]))))


@pytest.mark.parametrize("method", ["search", "gradient", "cma"])
@pytest.mark.parametrize("draws", [0, 4])
def test_refinement_starts_from_the_estimate_of_the_network(trained, method, draws):
    matcher, parts = trained
    sounds = parts["test"].sound(slice(0, 5))
    guesses, found = matcher.shares(sounds), refine(matcher, sounds, method, refine_params(draws=draws), workers=1)
    before, after = (compare(rendered(matcher.synthesizer, shares, normalise=False, workers=1), sounds)[1]
                     for shares in (guesses, found))
    assert (after <= before + 1e-6).all()
    assert found.shape == guesses.shape == (5, 1, 4)
    assert (method == "search" and draws == 0) <= (found == guesses).all()


@pytest.mark.parametrize("method", ["gradient", "cma"])
def test_refinement_improves_what_a_search_among_the_levels_finds(trained, method):
    sounds, chosen = render(TRUTH).numpy(), refine_params(draws=4, lr=0.002)
    searched, found = (refine(trained[0], sounds, own, chosen, workers=1) for own in ("search", method))
    assert (distances(found) < distances(searched)).all()


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
    assert (found.sounds, found.network, found.synth) == (4, "C1", "tones")
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

    def worse(_, sounds, *__, **___):
        return np.zeros((len(sounds), 1, 4), np.float32)

    monkeypatch.setattr("artinv.matching.gains.refine", worse)
    damaged = gains(perfect(matcher, test.levels)[0], test, refine_params(methods=["cma"]), workers=1).methods["cma"]
    assert "pitch" in damaged.worsened
    truth = (test.levels / steps)[:, 0]
    worse = np.abs(truth) > np.abs(wrong[:, 0] / steps - truth) + 1e-6
    assert [change.worse for change in damaged.parameters.values()] == pytest.approx(100 * worse.mean(0))
    after = compare(rendered(matcher.synthesizer, np.zeros((4, 1, 4), np.float32), normalise=False, workers=1),
                    test.sound(slice(None)))
    changes = damaged.log_spectral_distance, damaged.multi_resolution, damaged.stft_correlation
    assert [change.after for change in changes] == pytest.approx([float(np.median(values)) for values in after])
    assert [change.after for change in damaged.parameters.values()] == pytest.approx(100 * (test.levels / steps).mean((0, 1)))


def test_a_distance_of_0_has_no_relative_fall():
    found = _change(np.zeros(3), np.zeros(3))
    assert (found.before, found.after, found.better) == (0, 0, 0)
    assert np.isnan(found.fall)
    rising = _change(np.array([0.5, 0.6, 0.4]), np.array([0.6, 0.5, 0.8]), higher=True)
    assert (rising.before, rising.after, rising.fall) == (0.5, 0.6, pytest.approx(-20))
    assert rising.better == pytest.approx(200 / 3)


def test_the_stage_measures_the_first_network(tmp_path, trained):
    matched.parts(tmp_path / "sounds", num_examples=60)
    trained[0].save(tmp_path / "models/C1.safetensors")
    chosen = refine_params(sounds=2, steps=3, generations=2)
    found = measure(tmp_path / "sounds", tmp_path / "models", sample_params(), fit_params(networks=["C1", "FC1"]), chosen)
    assert list(found.methods) == ["gradient", "cma"]
    assert found.sounds == 2


def test_parameters_for_single_sounds_have_the_steps_of_the_user():
    quick = refinement.quick(7)
    assert (quick.steps, quick.generations) == (7, 7)
