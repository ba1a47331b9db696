"""Low-pass and change of the sampling rate, against scipy."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from artinv.synth.synthesizers.bands import Band, even_size, fade, white

RATE = 16384


def biquad(cutoff, quality):
    """Return the coefficients of the low-pass of R. Bristow-Johnson's cookbook."""
    turn = 2 * math.pi * cutoff / RATE
    share, cosine = math.sin(turn) / (2 * quality), math.cos(turn)
    return np.array([1 - cosine, 2 * (1 - cosine), 1 - cosine]) / 2, np.array([1 + share, -2 * cosine, 1 - share])


@pytest.mark.parametrize(("quality", "tolerance"), [(0.01, 1e-5), (0.1, 1e-12), (0.5, 1e-12), (0.7, 1e-12), (10.0, 1e-12)])
@pytest.mark.parametrize("cutoff", [200.0, 1234.0, 4000.0])
def test_the_lowpass_equals_the_recursive_filter(cutoff, quality, tolerance):
    band = Band(RATE, 8192, 1, tail=RATE)
    sound = np.random.default_rng(0).standard_normal(8192)
    response = band.lowpass(*torch.tensor([2 * math.pi * cutoff / RATE, quality], dtype=torch.float64))
    filtered = band.sound(torch.fft.rfft(torch.from_numpy(sound), band.size) * response)
    expected = lfilter(*biquad(cutoff, quality), sound)
    np.testing.assert_allclose(filtered, expected, atol=tolerance * np.abs(expected).max())


def test_the_lowpasses_of_a_batch_are_those_of_its_members():
    band = Band(RATE, 1024, 1, tail=0)
    turns, qualities = torch.tensor([0.1, 0.5, 1.0]), torch.tensor([0.5, 1.0, 4.0])
    alone = torch.stack([band.lowpass(turn, quality) for turn, quality in zip(turns, qualities, strict=True)])
    torch.testing.assert_close(band.lowpass(turns, qualities), alone)


def test_the_lowpass_is_precise_in_float32():
    band = Band(RATE, 8192, 1, tail=RATE)
    sound = np.random.default_rng(1).standard_normal(8192)
    for cutoff, quality in ((200.0, 10.0), (200.0, 0.01), (4000.0, 10.0)):
        response = band.lowpass(torch.tensor([2 * math.pi * cutoff / RATE]), torch.tensor([quality]))
        filtered = band.sound(torch.fft.rfft(torch.from_numpy(sound).float(), band.size) * response)[0]
        expected = lfilter(*biquad(cutoff, quality), sound)
        np.testing.assert_allclose(filtered, expected, atol=2e-5 * np.abs(expected).max())


def test_the_gain_at_the_cutoff_is_the_quality():
    band = Band(RATE, 16384, 1, tail=0)
    for quality in (0.01, 0.7071, 10.0):
        turn, factor = (torch.tensor([value], dtype=torch.float64) for value in (2 * math.pi * 1000 / RATE, quality))
        gain = band.lowpass(turn, factor)[0].abs()
        assert gain[0] == 1
        assert gain[1000] == pytest.approx(quality)
    assert gain[4000] / gain[2000] < 0.25  # at least 12 dB an octave


@pytest.mark.parametrize("over", [1, 2, 4])
def test_a_band_keeps_what_is_below_its_limit_and_removes_what_is_above(over):
    band = Band(RATE, 4096, over, tail=0)
    seconds = torch.arange(over * 4096, dtype=torch.float64) / (over * RATE)
    low, high = (torch.sin(2 * math.pi * hertz * seconds) for hertz in (1000.0, 10000.0))
    smoothed = np.sinc(1000 / (over * RATE)) ** 4
    kept = band.sound(band.spectrum(smoothed * low + (high if over > 1 else 0)))
    torch.testing.assert_close(kept, low[::over], atol=1e-9, rtol=0)


def test_sizes_are_even_and_large_enough():
    for least in (1, 7, 100, 32768, 33001):
        assert even_size(least) >= least
        assert even_size(least) % 2 == 0
    assert even_size(32768) == 32768


def test_the_fade_ends_at_the_nyquist_frequency():
    assert fade(torch.tensor([0.0, 0.9, 0.95, 1.0, 3.0])).tolist() == pytest.approx([1, 1, 0.5, 0, 0], abs=1e-6)


def test_noise_is_white_and_of_unit_variance():
    noise = white(3, 40000, torch.zeros(()))
    assert noise.dtype == torch.float32
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert (noise[1:] * noise[:-1]).mean().abs() < 0.02
    torch.testing.assert_close(noise.double(), white(3, 40000, torch.zeros((), dtype=torch.float64)), atol=1e-6, rtol=0)
