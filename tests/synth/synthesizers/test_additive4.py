"""Modes of additive4 against sums of sines."""

import numpy as np
import pytest
import torch

from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.kinds.additive4 import MODES

RATE, SAMPLES = 16000, 8000

SECONDS = np.arange(SAMPLES) / RATE


def summed(f0, slope, inharmonicity, decay, numbers=range(1, MODES + 1)):
    """Return the sum of modes below 90 % of the Nyquist frequency."""
    modes = [(k, k * f0 * np.sqrt(1 + inharmonicity * k**2)) for k in numbers]
    assert all(hertz < 7200 or hertz > 8000 for _, hertz in modes)
    sines = [(1 + slope * (k - 1) / 10) / 10 * np.sin(2 * np.pi * hertz * SECONDS) for k, hertz in modes if hertz < 7200]
    return np.sum(sines, 0) * np.exp(-decay * SECONDS)


@pytest.mark.parametrize("factors", [
    (100.0, -0.1, 0.0, 0.0), (700.0, -0.9, 0.0, 10.0), (155.5, -0.5, 0.3, 3.3), (100.0, -0.4, 1.0, 7.0), (1000.0, -0.9, 1.0, 0.0),
])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 5e-4)])
def test_the_sound_is_the_sum_of_its_modes(factors, dtype, tolerance):
    sound = kinds.build("additive4", RATE, SAMPLES).render(torch.tensor([factors], dtype=dtype), 0)[0]
    np.testing.assert_allclose(sound, summed(*factors), atol=tolerance)


def test_modes_fade_out_below_the_nyquist_frequency():
    """A tenth mode that rises through the last tenth of the band loses its amplitude and never returns as an alias."""
    synthesizer = kinds.build("additive4", RATE, SAMPLES)
    f0 = torch.tensor([700.0, 720.0, 760.0, 800.0, 1000.0], dtype=torch.float64)
    _, amplitude = synthesizer.modes(f0, torch.full((5,), -0.1), torch.zeros(5))
    assert (amplitude[:, -1] / amplitude[0, -1]).tolist() == pytest.approx([1, 1, 0.5, 0, 0])


@pytest.mark.parametrize("decay", [0.0, 1.0, 10.0])
def test_the_energy_falls_at_the_rate_of_decay(decay):
    sound = kinds.build("additive4", RATE, SAMPLES).render(torch.tensor([[200.0, -0.5, 0.0, decay]], dtype=torch.float64), 0)[0]
    periods = sound.view(-1, 80).square().mean(1)  # of 5 ms
    slope = np.polyfit(np.arange(100) * 0.005, np.log(periods.numpy()), 1)[0]
    assert slope == pytest.approx(-2 * decay, abs=1e-6)


@pytest.mark.parametrize(("presence", "numbers"), [(-1.0, range(1, 11, 2)), (0.0, range(1, 11)), (1.0, (1, 2, 4, 6, 8, 10))])
def test_presence_removes_even_or_odd_modes(presence, numbers):
    synthesizer = kinds.build("additive4", RATE, SAMPLES, extra=("presence",))
    assert synthesizer.spec[-1].values().tolist() == [-1, 0, 1]
    sound = synthesizer.render(torch.tensor([[150.0, -0.5, 0.0, 2.0, presence]], dtype=torch.float64), 0)[0]
    np.testing.assert_allclose(sound, summed(150.0, -0.5, 0.0, 2.0, numbers), atol=1e-9)


@pytest.mark.parametrize("snr", [0.0, 20.0, 50.0])
def test_noise_has_the_power_of_its_ratio(snr):
    factors = [150.0, -0.5, 0.0, 2.0]
    clean = kinds.build("additive4", RATE, SAMPLES).render(torch.tensor([factors], dtype=torch.float64), 0)[0]
    synthesizer = kinds.build("additive4", RATE, SAMPLES, extra=("snr",))
    noisy = synthesizer.render(torch.tensor([[*factors, snr]], dtype=torch.float64), 4)[0]
    ratio = clean.square().mean() / (noisy - clean).square().mean()
    assert 10 * ratio.log10() == pytest.approx(snr, abs=0.2)


def test_the_levels_are_those_of_the_grid():
    grid = [parameter.values().tolist() for parameter in kinds.build("additive4", RATE, SAMPLES).spec]
    assert [len(values) for values in grid] == [19, 9, 11, 11]
    np.testing.assert_allclose(grid[0], np.arange(100, 1001, 50))
    np.testing.assert_allclose(grid[1], np.arange(-0.9, -0.05, 0.1))
    np.testing.assert_allclose(grid[2], np.arange(0, 1.05, 0.1), atol=1e-12)
    np.testing.assert_allclose(grid[3], np.arange(11))
