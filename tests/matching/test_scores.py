"""Scores are those of known estimates; inaudible parameters are found without knowledge of the synthesizer."""

import dataclasses

import numpy as np
import pytest
import torch

from artinv.matching import scores
from artinv.matching.heads import Head
from artinv.matching.results import MatchingScores, scores_table
from artinv.matching.scores import audible, compare, evaluate, rendered, score
from artinv.matching.sounds import Part
from tests.support import matched
from tests.support.matched import Oracle, evaluation_params, fit_params, sample_params


def known(matcher, levels, sign=1.0):
    """Return a matcher whose network scores the given levels highest, or lowest with sign -1."""
    raw = torch.zeros(len(levels), 1, Head(matcher.head, matcher.synthesizer.spec).outputs)
    for number, first in enumerate((0, 4, 7, 10)):
        raw[torch.arange(len(levels)), 0, first + torch.from_numpy(levels[:, 0, number].astype(int))] = sign
    return dataclasses.replace(matcher, weights=Oracle(raw))


def scored(matcher, test, **changes):
    return score({"C1": matcher}, test, sample_params(), fit_params(), evaluation_params(**changes), workers=1)


def test_a_perfect_network_scores_100_and_its_sounds_are_the_test_sounds(trained):
    matcher, parts = trained
    own = scored(known(matcher, parts["test"].levels), parts["test"]).networks["C1"]
    assert (own.mpr, own.accuracy, own.top, own.audible_mpr) == (100, 100, 100, 100)
    assert own.reconstruction.stft_correlation == pytest.approx(1, abs=1e-4)
    assert own.reconstruction.log_spectral_distance < 1
    assert all(parameter.error < 1e-5 for parameter in own.parameters.values())


def test_the_worst_network_scores_0(trained):
    matcher, parts = trained
    own = scored(known(matcher, parts["test"].levels, -1.0), parts["test"]).networks["C1"]
    assert (own.mpr, own.accuracy) == (0, 0)


def test_the_scores_of_a_trained_network_are_the_means_of_its_parameters_and_better_than_chance(trained):
    matcher, parts = trained
    found = scored(matcher, parts["test"])
    own = found.networks["C1"]
    assert own.mpr == pytest.approx(np.mean([parameter.mpr for parameter in own.parameters.values()]))
    assert own.mpr > 65
    assert own.accuracy < own.top
    assert own.reconstruction.log_spectral_distance < 0.7 * found.chance.log_spectral_distance
    assert own.weights == sum(value.numel() for value in matcher.weights.parameters())
    assert (found.run.sounds, found.run.trained_on, found.run.origin) == (30, 240, "synthetic")
    assert MatchingScores.from_json(found.to_json()) == found
    assert "SYNTHETIC" in scores_table(found)


def test_chance_is_the_distance_to_another_sound_even_of_two(trained):
    matcher, parts = trained
    assert scored(matcher, parts["test"].head(2), reconstructed=2).chance.log_spectral_distance > 1


def test_the_frequency_of_a_silent_tone_is_inaudible_and_all_else_is_audible():
    levels = np.array([[[1, 1, 1, 0]], [[1, 1, 1, 1]], [[3, 0, 2, 1]], [[0, 1, 0, 0]]], np.uint8)
    part = Part(levels, np.zeros((0, 2048), np.int16), np.zeros(0, np.float32))
    heard = audible(part, sample_params(), 1.0, workers=1)
    np.testing.assert_array_equal(heard, levels[:, 0, 3:] * [[0, 0, 1, 0]] + [[1, 1, 0, 1]])


def test_a_parameter_is_changed_by_half_of_its_range_within_it_and_alone(monkeypatch):
    rows, render = [], scores._render

    def recorded(synth, normalise, shares):
        rows.append(shares[:, 0])
        return render(synth, normalise, shares)

    monkeypatch.setattr(scores, "_render", recorded)
    for levels in ([0, 0, 0, 0], [3, 2, 2, 1], [1, 1, 1, 0]):
        scores._audible(sample_params(), 1.0, np.array([[levels]], np.uint8))
    for changed in rows:
        np.testing.assert_allclose(np.abs(changed[:-1] - changed[-1]), np.eye(4) / 2)
        assert ((changed >= 0) & (changed <= 1)).all()


def test_scores_over_audible_parameters_ignore_the_inaudible_ones(trained):
    """A network that is right wherever a parameter can be heard scores 100 there, whatever it says of the rest."""
    matcher, parts = trained
    levels, heard = parts["test"].levels.copy(), audible(parts["test"], sample_params(), 1.0, workers=1)
    levels[:, 0, 2] = np.where(heard[:, 2], levels[:, 0, 2], (levels[:, 0, 2] + 1) % 3)
    assert 0.2 < heard[:, 2].mean() < 0.8
    own = scored(known(matcher, levels), parts["test"], audible=30).networks["C1"].parameters["second_pitch"]
    assert own.audible_mpr == own.audible_accuracy == 100
    assert own.accuracy == pytest.approx(100 * heard[:, 2].mean())
    assert own.audible == pytest.approx(100 * heard[:, 2].mean())


def test_sounds_are_compared_in_order(trained):
    matcher, parts = trained
    sounds = parts["test"].sound(slice(None))
    again = rendered(matcher.synthesizer, parts["test"].levels / np.array([3, 2, 2, 1]), normalise=False, workers=1)
    distance, multi, correlation = compare(again, sounds)
    assert distance.shape == multi.shape == correlation.shape == (30,)
    assert distance.max() < 1
    assert correlation.min() > 0.999
    shifted = compare(again[1:], sounds[:-1])
    assert np.median(shifted[0]) > 5


def test_the_stage_scores_every_listed_network(trained, tmp_path):
    matched.parts(tmp_path / "sounds", num_examples=60)
    for name in ("C1", "FC1"):
        trained[0].save(tmp_path / f"models/{name}.safetensors")
    found = evaluate(tmp_path / "sounds", tmp_path / "models", sample_params(), fit_params(networks=["FC1", "C1"]),
                     evaluation_params(reconstructed=4, audible=2))
    assert list(found.networks) == ["FC1", "C1"]
    assert found.run.reconstructed == 4
