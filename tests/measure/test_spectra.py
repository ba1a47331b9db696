"""Distances of sounds agree with scipy and with closed forms, and their gradients with finite differences."""

import numpy as np
import pytest
import torch
from scipy import signal, stats

from artinv.measure import spectra


def noise(seed, samples=4096, dtype=torch.float32):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((2, samples))).to(dtype)


def test_magnitudes_are_those_of_scipy():
    sound = noise(0, 2048, torch.float64)
    transform = signal.ShortTimeFFT(signal.windows.hann(512, sym=False), hop=128, fs=1, scale_to=None)
    expected = np.abs(transform.stft(sound.numpy(), p0=0, p1=2048 // 128 + 1))
    np.testing.assert_allclose(spectra.magnitudes(sound, 512, 128).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("factor", [2.0, 0.1])
def test_a_gain_changes_the_log_spectral_distance_by_its_decibels(factor):
    sound = noise(1, dtype=torch.float64)
    expected = abs(20 * np.log10(factor))
    np.testing.assert_allclose(spectra.log_spectral_distance(sound * factor, sound).numpy(), expected, rtol=2e-3)


def test_silence_is_as_far_away_as_the_floor_allows():
    sound = noise(2)
    distance = spectra.log_spectral_distance(torch.zeros_like(sound), sound)
    assert ((distance > 40) & (distance < -spectra.FLOOR_DB)).all()


def test_equal_sounds_have_no_distance_and_correlation_1():
    sound = noise(3)
    assert spectra.log_spectral_distance(sound, sound).max() < 1e-5
    assert spectra.multi_resolution(sound, sound).max() == 0
    np.testing.assert_allclose(spectra.correlation(3 * sound, sound).numpy(), 1, rtol=1e-5)
    assert spectra.correlation(torch.zeros_like(sound), sound).abs().max() < 1e-6


def test_the_correlation_is_pearsons_of_all_magnitudes():
    first, second = noise(4), noise(5)
    values = [spectra.magnitudes(sound, 512, 256).flatten(1).numpy() for sound in (first, second)]
    expected = [stats.pearsonr(values[0][n], values[1][n]).statistic for n in range(2)]
    np.testing.assert_allclose(spectra.correlation(first, second).numpy(), expected, atol=1e-5)


def test_the_multi_resolution_distance_is_the_mean_of_its_parts_in_numpy():
    first, second, parts = noise(6, 3000, torch.float64), noise(7, 3000, torch.float64), []
    for size in (512, 128):
        a, b = (spectra.magnitudes(sound, size, size // 4).numpy() for sound in (first, second))
        floor = 1e-3 * b.max((1, 2), keepdims=True)
        parts.append(np.abs(a - b).sum((1, 2)) / b.sum((1, 2)) + np.abs(np.log((a + floor) / (b + floor))).mean((1, 2)))
    np.testing.assert_allclose(spectra.multi_resolution(first, second, (512, 128)).numpy(), np.mean(parts, 0), rtol=1e-6)


@pytest.mark.parametrize("measure", [
    spectra.correlation, spectra.log_spectral_distance, lambda a, b: spectra.multi_resolution(a, b, (256, 128)),
])
def test_gradients_agree_with_finite_differences(measure):
    sound, reference = noise(8, 1024, torch.float64), noise(9, 1024, torch.float64)
    gain = torch.tensor([1.3, 0.6], dtype=torch.float64, requires_grad=True)
    tilt = torch.tensor([0.2, -0.4], dtype=torch.float64, requires_grad=True)

    def value(gain, tilt):
        bent = gain[:, None] * (sound + tilt[:, None] * sound.roll(1, 1))
        return measure(bent, reference)

    assert torch.autograd.gradcheck(value, (gain, tilt), eps=1e-7, atol=1e-4)


def test_a_sound_does_not_depend_on_the_others_of_its_batch():
    first, second = noise(10), noise(11)
    for measure in (spectra.correlation, spectra.log_spectral_distance, spectra.multi_resolution):
        np.testing.assert_allclose(measure(first, second)[1:].numpy(), measure(first[1:], second[1:]).numpy(), rtol=1e-5)
