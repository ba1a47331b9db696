"""Spectra agree with a direct Fourier sum, invert without loss, and phases follow the closed form of a steady tone."""

import math

import numpy as np
import pytest
import torch

from artinv.digits import spectra
from artinv.digits.spectra import BINS, FRAMES, HOP, RATE, SAMPLES, WINDOW
from tests.support import toy_digits


def tone(hertz, phase=0.3):
    return torch.from_numpy(np.sin(2 * np.pi * hertz * np.arange(SAMPLES) / RATE + phase)).float()[None]


def test_a_frame_is_the_fourier_sum_of_the_windowed_samples_around_it():
    sound = toy_digits.clips(1).sound()
    seen = spectra.spectrum(sound)
    assert seen.shape == (10, BINS + 1, FRAMES)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    padded = np.pad(sound[3].double().numpy(), WINDOW // 2)
    for frame, number in ((0, 5), (31, 40), (63, 128)):
        piece = padded[frame * HOP:frame * HOP + WINDOW] * window
        value = (piece * np.exp(-2j * np.pi * number * np.arange(WINDOW) / WINDOW)).sum()
        assert complex(seen[3, number, frame]) == pytest.approx(value, abs=1e-4)


def test_a_spectrum_inverts_to_its_sound():
    sound = toy_digits.clips(1).sound()
    torch.testing.assert_close(spectra.inverse(spectra.spectrum(sound)), sound, atol=1e-5, rtol=0)


def test_levels_are_decibels_below_the_loudest_value_whatever_the_level_of_the_sound():
    sound = toy_digits.clips(1).sound()
    levels = spectra.levels_of(sound)
    assert levels.shape == (10, BINS, FRAMES)
    assert levels.amax((1, 2)).tolist() == [1.0] * 10
    assert float(levels.min()) >= -1
    torch.testing.assert_close(spectra.levels_of(0.01 * sound), levels, atol=2e-5, rtol=0)
    power = spectra.spectrum(sound)[:, :BINS].abs().square()
    decibels = 10 * torch.log10(power / power.amax((1, 2), keepdim=True))
    torch.testing.assert_close((levels - 1) * 30, decibels.clamp(min=-60), atol=1e-3, rtol=0)


def test_amplitudes_undo_levels_down_to_the_floor():
    spectrum = spectra.spectrum(toy_digits.clips(1).sound())
    amplitude, levels = spectra.amplitudes(spectra.levels(spectrum)), spectra.levels(spectrum)
    relative = spectrum.abs()[:, :BINS] / spectrum.abs().amax((1, 2), keepdim=True)
    kept = levels > -0.95
    torch.testing.assert_close(amplitude[:, :BINS][kept], relative[kept], atol=1e-4, rtol=1e-3)
    assert float(amplitude[:, :BINS][~kept].abs().max()) == 0
    assert float(amplitude[:, BINS].abs().max()) == 0, "4 kHz is left out"


@pytest.mark.parametrize("hertz", [500.0, 512.0, 1234.5])
def test_the_advance_of_a_steady_tone_is_that_of_its_distance_from_the_centre_frequency(hertz):
    advance = spectra.advances(spectra.spectrum(tone(hertz)))
    number = round(hertz / RATE * WINDOW)
    step = 2 * math.pi * HOP * (hertz / RATE - number / WINDOW)
    middle = advance[0, :, number, 20:40]
    np.testing.assert_allclose(torch.atan2(middle[1], middle[0]).numpy(), step, atol=1e-3)


@pytest.mark.parametrize("hertz", [500.0, 1234.5])
def test_phases_that_are_integrated_from_advances_give_the_tone_back(hertz):
    spectrum = spectra.spectrum(tone(hertz))
    levels = spectra.levels(spectrum)
    amplitude = spectra.amplitudes(levels)
    phase = spectra.integrated(spectra.advances(spectrum), amplitude)
    assert float(spectra.inconsistency(amplitude, phase)) < 0.02
    random = 2 * math.pi * torch.rand(phase.shape, generator=torch.Generator().manual_seed(0))
    assert float(spectra.inconsistency(amplitude, random)) > 0.3


def test_only_spectra_of_sounds_are_consistent():
    spectrum = spectra.spectrum(toy_digits.clips(1).sound())
    assert float(spectra.inconsistency(spectrum.abs(), spectrum.angle()).max()) < 1e-9
    assert float(spectra.inconsistency(spectrum.abs(), spectrum.angle() + torch.arange(BINS + 1)[:, None] ** 2).min()) > 0.1


def test_the_gradient_of_the_inconsistency_is_that_of_finite_differences():
    spectrum = spectra.spectrum(toy_digits.clips(1).sound()[:1].double())
    amplitude = (spectrum.abs() + 0.1).requires_grad_()
    phase = spectrum.angle() + 0.5
    spectra.inconsistency(amplitude, phase).sum().backward()
    for place in ((0, 10, 20), (0, 60, 40)):
        steps = torch.zeros_like(amplitude)
        steps[place] = 1e-5
        values = [float(spectra.inconsistency(amplitude.detach() + sign * steps, phase)) for sign in (1, -1)]
        assert float(amplitude.grad[place]) == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4)


def test_griffin_lim_gives_a_sound_with_these_amplitudes_and_equal_seeds_give_equal_sounds():
    levels = spectra.levels_of(toy_digits.clips(1).sound())
    amplitude = spectra.amplitudes(levels)
    again = [spectra.levels_of(spectra.griffin_lim(amplitude, count)) for count in (0, 40)]
    distances = [float((each - levels).square().mean().sqrt()) for each in again]
    assert distances[1] < 0.7 * distances[0]
    assert torch.equal(spectra.griffin_lim(amplitude, 2, seed=1), spectra.griffin_lim(amplitude, 2, seed=1))
    assert not torch.equal(spectra.griffin_lim(amplitude, 2, seed=1), spectra.griffin_lim(amplitude, 2, seed=2))
    assert float(spectra.griffin_lim(amplitude, 2).abs().amax(1).min()) == pytest.approx(spectra.PEAK, rel=1e-5)


def test_silence_stays_finite():
    silence = torch.zeros(2, SAMPLES)
    spectrum = spectra.spectrum(silence)
    levels = spectra.levels(spectrum)
    assert torch.equal(levels, -torch.ones(2, BINS, FRAMES))
    advances = spectra.advances(spectrum)
    assert torch.equal(advances, torch.zeros_like(advances))
    amplitude = spectra.amplitudes(levels)
    assert torch.isfinite(spectra.griffin_lim(amplitude, 2)).all()
    assert torch.isfinite(spectra.sound_of(amplitude, spectra.integrated(advances, amplitude))).all()


def test_a_batch_of_one_equals_a_batch_of_many():
    sound = toy_digits.clips(1).sound()
    spectrum = spectra.spectrum(sound)
    amplitude = spectra.amplitudes(spectra.levels(spectrum))
    many = spectra.sound_of(amplitude, spectra.integrated(spectra.advances(spectrum), amplitude))
    one = spectra.sound_of(amplitude[4:5], spectra.integrated(spectra.advances(spectrum[4:5]), amplitude[4:5]))
    torch.testing.assert_close(one, many[4:5], atol=1e-6, rtol=0)
