"""Limits of decoders: without noise both are reached, and noise lowers them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from artinv.neural.records import Trial
from experiments.neural_limits import MODES, STEP, add, linear, pcc, takes

LENGTH, WORDS = 150, 4
TRIALS = [Trial(f"word {k % WORDS}", k // WORDS, 200 + k * LENGTH, 200 + (k + 1) * LENGTH) for k in range(2 * WORDS)]


def known(noise: float) -> SimpleNamespace:
    """Return a simulation in which each word is said twice, alike; the mouth is a linear map of the signals of its own frame."""
    generator = np.random.default_rng(0)
    takes_of_words = generator.standard_normal((WORDS * LENGTH, 3))
    ends = generator.standard_normal((2, 200, 3))
    clean = np.concatenate([ends[0], takes_of_words, takes_of_words, ends[1]])
    covariance = np.zeros(len(clean))
    covariance[0] = noise
    return SimpleNamespace(
        clean=clean, signals=clean + noise**0.5 * generator.standard_normal(clean.shape), covariance=covariance,
        mouth=clean @ generator.standard_normal((3, 18)), train=TRIALS[:WORDS], test=TRIALS[WORDS:])


@pytest.mark.parametrize("mode", MODES)
def test_without_noise_both_limits_are_reached_in_each_mode(mode):
    begin, end = MODES[mode]
    made = known(1e-4)
    assert pcc(made, linear(made, range(begin, end + 1, STEP))) > 0.999
    assert pcc(made, takes(made, mode)) > 0.999


@pytest.mark.parametrize("mode", MODES)
def test_noise_lowers_the_linear_limit_more_than_that_of_known_takes(mode):
    begin, end = MODES[mode]
    made = known(4.0)
    wiener = pcc(made, linear(made, range(begin, end + 1, STEP)))
    assert wiener == pytest.approx((1 / 5) ** 0.5, abs=0.06), "signal 1, noise 4, independent frames"
    assert pcc(made, takes(made, mode)) > wiener + 0.2


def test_a_causal_estimate_does_not_depend_on_later_signals():
    made = known(100.0)
    before = takes(made, "causal")[:LENGTH]
    made.signals[made.test[0].start + 50:] *= -1
    after = takes(made, "causal")[:LENGTH]
    np.testing.assert_array_equal(before[:50], after[:50])
    assert not np.array_equal(before[50:], after[50:])


def test_rows_are_kept_until_the_parameters_change(tmp_path):
    path = tmp_path / "limits.json"
    add(path, {"words": 1}, "a", {"linear": 0.5})
    add(path, {"words": 1}, "b", {"linear": 0.6})
    assert json.loads(path.read_text())["rows"] == {"a": {"linear": 0.5}, "b": {"linear": 0.6}}
    add(path, {"words": 2}, "b", {"linear": 0.7})
    assert json.loads(path.read_text())["rows"] == {"b": {"linear": 0.7}}
