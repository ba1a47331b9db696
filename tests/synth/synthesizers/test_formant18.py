"""Harmonics, formants and noise of formant18 against its filters, and its response to values over time."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import welch

from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.kinds.formant18 import bandwidth, spec

RATE = 16000

NEUTRAL = {"f0": 100.0, "loudness": 1.0, "voicing": 1.0, "f1": 500.0, "f2": 1500.0, "f3": 2500.0, "f4": 3500.0, "f5": 5500.0,
           "f6": 6500.0, "noise_centre": 5000.0, "noise_bandwidth": 1000.0}


def values(**changes):
    """Return values (1, 18): the lowest of a woman except NEUTRAL and `changes`."""
    chosen = NEUTRAL | changes
    return torch.tensor([[chosen.get(parameter.name, parameter.low) for parameter in spec("woman")]], dtype=torch.float64)


def peak(hertz, centre, width):
    return 1 / (1 + (math.sqrt(2) - 1) * (2 * (hertz - centre) / width) ** 2)


def formants(hertz, **amplitudes):
    """Return the gains of formants with these amplitudes at the frequencies of NEUTRAL."""
    return sum(height * peak(hertz, NEUTRAL[f"f{name[1]}"], 0.65 * (0.00625 * NEUTRAL[f"f{name[1]}"] + 375))
               for name, height in amplitudes.items())


def rendered(table, seconds=2, seed=0):
    return kinds.build("formant18", RATE, seconds * RATE).render(table, seed)[0]


def test_a_frame_has_18_parameters():
    for speaker in ("woman", "man"):
        assert len(spec(speaker)) == 18
    assert [(parameter.low, parameter.high) for parameter in spec("woman")[3:9]] == [
        (300, 950), (700, 3400), (1800, 3800), (3400, 5000), (5000, 6000), (6000, 7000)]
    assert (spec("woman")[0].low, spec("woman")[0].high) == (88, 420)


def test_the_bandwidth_is_measured_between_half_powers():
    assert float(bandwidth(torch.tensor(1000.0))) == pytest.approx(0.65 * (6.25 + 375))
    assert peak(600.0, 500.0, 200.0) ** 2 == pytest.approx(0.5)


@pytest.mark.parametrize("f0", [100.0, 250.0, 400.0])
def test_each_harmonic_has_the_gain_of_the_formants(f0):
    heights = {"a1": 1.0, "a2": 0.5, "a3": 0.3, "a4": 0.1, "a5": 0.1, "a6": 0.2}
    sound = rendered(values(f0=f0, **heights))[RATE // 2 :][:RATE]
    amplitude = np.abs(np.fft.rfft(sound)) * 2 / RATE
    places = np.arange(int(f0), 7200, int(f0))
    expected = 2 * math.sqrt(f0 / RATE) * formants(places, **heights)
    np.testing.assert_allclose(amplitude[places], expected, atol=5e-4 * expected.max())
    others = np.delete(amplitude, np.arange(0, 8001, int(f0)))
    assert others.max() < 1e-3 * expected.max()
    assert amplitude[0] < 1e-3 * expected.max()


def test_the_spectrum_of_a_voice_peaks_at_its_formants():
    sound = rendered(values(f0=100.0, **{f"a{number}": 0.5 for number in range(1, 7)}))[RATE // 2 :][:RATE]
    amplitude = np.abs(np.fft.rfft(sound))[:8000:100]
    peaks = [100 * place for place in range(2, 79) if amplitude[place] > max(amplitude[place - 1], amplitude[place + 1])]
    np.testing.assert_allclose(peaks, [NEUTRAL[f"f{number}"] for number in range(1, 7)], atol=1)


def test_noise_has_the_spectrum_of_its_band_and_of_the_formants():
    sound = rendered(values(voicing=0.0, noise_amplitude=0.8, a2=0.5), seconds=40)
    hertz, power = welch(sound, RATE, nperseg=640)
    gain = formants(hertz, a2=0.5) + 0.8 * peak(hertz, 5000.0, 1000.0)
    inner = (hertz > 200) & (hertz < 7500)
    ratio = 10 * np.log10(power[inner] / (2 / RATE * gain[inner] ** 2))
    assert np.abs(ratio).max() < 1.5
    assert abs(ratio.mean()) < 0.1


def test_voice_and_breath_have_equal_power_in_a_formant():
    voiced, breathed = (rendered(values(voicing=share, a1=1.0, f0=f0), seconds=4).square().mean()
                        for share, f0 in ((1.0, 88.0), (0.0, 88.0)))
    assert 10 * math.log10(voiced / breathed) == pytest.approx(0, abs=1)


def test_loudness_scales_and_zero_is_silence():
    table = values(voicing=0.6, a1=1.0, noise_amplitude=0.5)
    loud, half, silent = (rendered(torch.cat([table[:, :1], torch.full((1, 1), level).double(), table[:, 2:]], 1), 1)
                          for level in (1.0, 0.5, 0.0))
    torch.testing.assert_close(half, loud / 2)
    assert not silent.any()


def test_pitch_and_formants_follow_their_values():
    """f0 rises from 100 to 200 Hz in 2 s: the number of cycles is the integral, and a moving formant is where its values are."""
    start, end = values(f0=100.0, a1=1.0, f1=300.0), values(f0=200.0, a1=1.0, f1=900.0)
    sound = rendered(torch.stack([start, end], 1))
    early, late = (np.abs(np.fft.rfft(sound[at : at + 1600].numpy() * np.hanning(1600), 16000)) for at in (0, 30400))
    assert abs(early[200:1200].argmax() + 200 - 315) < 60
    assert abs(late[200:1200].argmax() + 200 - 885) < 110
    voiced = rendered(torch.stack([values(f0=100.0, a1=1.0, f1=300.0), values(f0=200.0, a1=1.0, f1=300.0)], 1))
    spectra = [np.abs(np.fft.rfft(voiced[at : at + 3200].numpy() * np.hanning(3200), 32000)) for at in (6400, 22400)]
    for spectrum, pitch in zip(spectra, (100 + 100 * 0.25, 100 + 100 * 0.75), strict=True):
        low = int(2 * 0.8 * pitch)
        assert abs((spectrum[low : int(2 * 1.2 * pitch)].argmax() + low) / 2 - pitch) < 3


def test_moving_values_have_gradients_at_every_time():
    table = torch.stack([values(a1=0.8, voicing=0.5, f2=1500.0 + 100 * time) for time in range(5)], 1).requires_grad_()
    kinds.build("formant18", RATE, 3200).render(table, 0).square().sum().backward()
    assert (table.grad[0, :, [1, 3, 9]] != 0).all()
