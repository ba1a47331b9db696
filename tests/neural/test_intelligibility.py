"""STOI and ESTOI are those of pystoi, and their gradients those of finite differences."""

import numpy as np
import pytest
import torch
from pystoi import stoi

from artinv.neural.intelligibility import intelligibility

RATE = 16_000


def speech(seconds=1.2, seed=0):
    """Return a sound with syllables of tones and noise, and a pause."""
    rng, time = np.random.default_rng(seed), np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * number * time) / number for number in range(1, 20))
    gate = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) * (time < 0.5 * seconds)
    return 0.1 * gate * tone + 0.05 * np.clip(np.sin(2 * np.pi * 2 * time + 1), 0, 1) * rng.standard_normal(len(time))


def copies():
    """Return copies of a sound: itself, louder, with noise, filtered, delayed."""
    sound, rng = speech(), np.random.default_rng(1)
    noise = rng.standard_normal(len(sound))
    return {
        "itself": sound, "louder": 5 * sound, "some noise": sound + 0.01 * noise, "much noise": sound + 0.3 * noise,
        "filtered": np.convolve(sound, np.ones(9) / 9, "same"), "delayed": np.roll(sound, 400), "noise": noise,
    }


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("name", copies())
@pytest.mark.parametrize("samples", [19_200, 19_199, 17_001])
def test_a_score_is_that_of_the_reference_code(name, extended, samples):
    original, copy = speech()[:samples], copies()[name][:samples]
    own = intelligibility(torch.from_numpy(original), torch.from_numpy(copy), extended=extended)
    expected = stoi(original, copy, RATE, extended=extended)
    assert float(own) == pytest.approx(expected, abs=1e-6)
    single = intelligibility(torch.from_numpy(original).float(), torch.from_numpy(copy).float(), extended=extended)
    assert float(single) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seconds", [0.01, 0.3])
def test_a_short_sound_has_no_score(seconds):
    original = torch.from_numpy(speech()[: round(seconds * RATE)])
    assert intelligibility(original, original) is None


@pytest.mark.parametrize("extended", [False, True])
def test_the_gradient_is_that_of_finite_differences(extended):
    rng = np.random.default_rng(2)
    original, copy = torch.from_numpy(speech()), torch.from_numpy(copies()["some noise"])
    direction = torch.from_numpy(rng.standard_normal(len(copy)))
    copy.requires_grad_()
    (gradient,) = torch.autograd.grad(intelligibility(original, copy, extended=extended), copy)
    with torch.no_grad():
        ends = [intelligibility(original, copy + side * 1e-6 * direction, extended=extended) for side in (1, -1)]
    assert float(gradient @ direction) == pytest.approx(float(ends[0] - ends[1]) / 2e-6, rel=1e-4)


@pytest.mark.parametrize("extended", [False, True])
def test_a_silent_copy_has_a_finite_gradient(extended):
    original, copy = torch.from_numpy(speech()), torch.zeros(19_200, dtype=torch.float64, requires_grad=True)
    score = intelligibility(original, copy, extended=extended)
    (gradient,) = torch.autograd.grad(score, copy)
    assert float(score.detach()) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(gradient).all()
