"""Waves against their harmonic series, and the precision of phases."""

import math

import numpy as np
import pytest
import torch

from artinv.synth.synthesizers import waves

RATE = 32768

NUMBERS = np.arange(1, 400)

SERIES = {  # amplitudes of sin(2 pi k phase), k = 1, 2, ...
    waves.sine: np.where(NUMBERS == 1, 1.0, 0.0),
    waves.saw: 2 / (math.pi * NUMBERS) * (-1.0) ** (NUMBERS + 1),
    waves.triangle: np.where(NUMBERS % 2, 8 / (math.pi * NUMBERS) ** 2 * np.sin(math.pi / 2 * NUMBERS), 0.0),
    waves.square: np.where(NUMBERS % 2, 4 / (math.pi * NUMBERS), 0.0),
}


def spectrum(wave, frequency):
    """Return the complex amplitudes of one second of a wave of a whole number of cycles."""
    cycles = waves.phase(torch.tensor(float(frequency), dtype=torch.float64), RATE, RATE)
    sound = wave(cycles, torch.tensor(frequency / RATE, dtype=torch.float64))
    return torch.fft.rfft(sound).numpy() * 2 / RATE


@pytest.mark.parametrize("frequency", [7, 440, 1046, 2546])
@pytest.mark.parametrize("wave", SERIES, ids=lambda wave: wave.__name__)
def test_a_wave_has_the_harmonics_of_its_series_after_the_spline(wave, frequency):
    places = NUMBERS[NUMBERS * frequency < RATE / 4] * frequency
    amplitude = SERIES[wave][: len(places)] * np.sinc(places / RATE) ** 4
    np.testing.assert_allclose(1j * spectrum(wave, frequency)[places], amplitude, atol=1e-4)


@pytest.mark.parametrize(("frequency", "decibels"), [(1046, -64), (2546, -57)])
@pytest.mark.parametrize("wave", SERIES, ids=lambda wave: wave.__name__)
def test_aliases_in_the_lower_half_of_the_band_are_weak(wave, frequency, decibels):
    """The upper half of the band is removed when the sampling rate is halved."""
    amplitude = np.abs(spectrum(wave, frequency))[: RATE // 4]
    aliases = np.delete(amplitude, np.arange(frequency, RATE // 4, frequency))
    assert 20 * np.log10(aliases.max() / amplitude.max()) < decibels


def test_pulses_have_equal_harmonics_and_no_mean():
    amplitude = spectrum(waves.pulses, 100)
    assert abs(amplitude[0]) < 1e-6
    places = np.arange(100, RATE // 4, 100)
    np.testing.assert_allclose(amplitude[places], 2 * np.sinc(places / RATE) ** 4, atol=1e-3)


def test_a_wave_starts_as_its_name_says():
    step = torch.tensor(0.001)
    cycles = torch.tensor([0.0, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9])
    for wave, values in (
        (waves.saw, [0.0, 0.2, 0.5, 0.8, -0.8, -0.5, -0.2]), (waves.square, [0.0, 1, 1, 1, -1, -1, -1]),
        (waves.triangle, [0.0, 0.4, 1 - 28 / 15 * 0.001, 0.4, -0.4, 28 / 15 * 0.001 - 1, -0.4]),
    ):
        torch.testing.assert_close(wave(cycles, step), torch.tensor(values), atol=1e-5, rtol=0)


def test_phases_are_precise_in_float32():
    frequency = torch.tensor([1046.5022612, 440.0, 1.3], dtype=torch.float64)
    exact = torch.remainder(frequency.unsqueeze(1) * torch.arange(70000) / 16384, 1.0)
    for rounded in (frequency, frequency.float()):
        error = waves.wrapped(waves.phase(rounded, 16384, 70000) - exact).abs()
        assert error.max() < (1e-12 if rounded.dtype == torch.float64 else 3e-4)  # the frequency itself is rounded
    exact = torch.remainder(1046.5 * torch.arange(70000, dtype=torch.float64) / 16384, 1)
    assert waves.wrapped(waves.phase(torch.tensor([1046.5]), 16384, 70000) - exact).abs().max() < 3e-6


def test_the_gradient_of_a_phase_is_time():
    frequency = torch.tensor([300.0, 500.0], dtype=torch.float64, requires_grad=True)
    cycles = waves.phase(frequency, 16000, 1000)
    cycles[:, 900].sum().backward()
    torch.testing.assert_close(frequency.grad, torch.full((2,), 900 / 16000, dtype=torch.float64))
