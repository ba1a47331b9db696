"""The parts of fm23 against closed forms, and its aliasing against exact harmonic series."""

import math

import numpy as np
import pytest
import torch

from artinv.synth.synthesizers import kinds, protocol
from artinv.synth.synthesizers.kinds import fm23
from tests.synth.synthesizers.test_waves import SERIES

RATE = 16384

SYNTHESIZER = kinds.build("fm23", RATE, RATE)
PLAIN = {"attack": 0.001, "decay": 0.001, "sustain": 1.0, "release": 0.001, "cutoff": 4000.0, "quality": 0.7, "gate": 0.5}


def settings(dtype=torch.float64, **values):
    """Return settings (1, 23): the lowest except `values`."""
    return torch.tensor([[values.get(parameter.name, parameter.low) for parameter in fm23.SPEC]], dtype=dtype)


def played(wave, frequency, deviation=0.0, modulator=1.0, *, seconds=1, over=fm23.OVER, dtype=torch.float64):
    """Return the band-limited sound (N,) of one oscillator of amplitude 4 before all other parts."""
    synthesizer = fm23.Fm23(RATE, seconds * RATE, over)
    chosen = [number == list(fm23.WAVES).index(wave) for number in range(4)]
    table = torch.tensor([[[frequency] * 4, [4.0 * use for use in chosen], [deviation] * 4, [modulator] * 4]], dtype=dtype)
    return synthesizer.band.sound(synthesizer.band.spectrum(synthesizer.mixed(*table.unbind(1))))[0]


def decibels(part, whole):
    return 20 * math.log10(part / whole)


def test_the_parameters_are_those_of_the_paper():
    assert len(fm23.SPEC) == 23
    assert {parameter.levels for parameter in fm23.SPEC} == {16}
    names = [parameter.name for parameter in fm23.SPEC]
    assert names[:5] == ["sine_frequency", "sine_amplitude", "sine_deviation", "sine_modulator", "saw_frequency"]
    assert names[16:] == ["attack", "decay", "sustain", "release", "cutoff", "quality", "gate"]
    np.testing.assert_allclose(fm23.SPEC[0].values(), 440 * 2 ** (np.arange(16) / 12))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("wave", fm23.WAVES)
def test_aliasing_of_the_highest_note_is_below_60_db(wave, dtype):
    """The middle second of two has whole cycles; 1046 Hz is the highest note without its fraction."""
    frequency = 1046
    sound = played(wave, float(frequency), seconds=2, dtype=dtype)[RATE // 2 :][:RATE].double()
    amplitude = 1j * np.fft.rfft(sound) * 2 / RATE
    places = np.arange(frequency, int(0.9 * RATE / 2), frequency)
    exact = SERIES[fm23.WAVES[wave]][: len(places)]
    assert decibels(np.abs(amplitude[places] - exact).max(), np.abs(exact).max()) < -60
    others = np.delete(amplitude, np.arange(frequency, RATE // 2, frequency))
    assert decibels(np.abs(others).max(), np.abs(exact).max()) < -60
    assert decibels(math.sqrt(np.square(np.abs(others)).sum()), np.linalg.norm(exact)) < -60


@pytest.mark.parametrize("wave", fm23.WAVES)
def test_aliasing_under_the_strongest_modulation_is_below_60_db(wave):
    """The frequency swings from -454 to 2546 Hz thirty times a second; the reference runs at eight times the rate."""
    sound, exact = (played(wave, 1046.5, 1500.0, 30.0, over=over)[500:-500] for over in (fm23.OVER, 16))
    assert decibels((sound - exact).norm(), exact.norm()) < -60


@pytest.mark.parametrize("wave", fm23.WAVES)
def test_each_oscillator_has_the_frequency_of_its_setting(wave):
    for level in (0, 7, 15):
        frequency = 440 * 2 ** (level / 12)
        values = settings(**PLAIN | {f"{wave}_amplitude": 1.0, f"{wave}_frequency": frequency})
        spectrum = np.abs(np.fft.rfft(SYNTHESIZER.render(values, 0)[0].numpy() * np.hanning(RATE)))
        assert abs(spectrum[400:1100].argmax() + 400 - frequency) <= 0.6


def test_the_deviation_is_in_hz():
    seconds = torch.arange(RATE, dtype=torch.float64) / RATE
    for frequency, deviation, modulator in ((440.0, 1500.0, 30.0), (700.0, 300.0, 5.5), (880.0, 1500.0, 1.0)):
        swing = deviation / modulator * torch.sin(2 * math.pi * modulator * seconds)
        exact = torch.sin(2 * math.pi * frequency * seconds + swing)
        sound = played("sine", frequency, deviation, modulator)
        assert (sound - exact)[300:-300].abs().max() < 2e-3
        phase = 2 * math.pi * frequency * seconds + swing
        hertz = phase.diff() * RATE / (2 * math.pi)
        assert hertz.max() == pytest.approx(frequency + deviation, rel=1e-3)


def test_the_sound_is_a_quarter_of_the_sum_of_the_oscillators():
    alone = {f"{wave}_frequency": 440.0 + 100 * number for number, wave in enumerate(fm23.WAVES)}
    low = {f"{wave}_amplitude": 0.001 for wave in fm23.WAVES}
    quiet = SYNTHESIZER.render(settings(**PLAIN | alone | low), 0)
    parts = [SYNTHESIZER.render(settings(**PLAIN | alone | low | {f"{wave}_amplitude": 0.5}), 0) for wave in fm23.WAVES]
    together = SYNTHESIZER.render(settings(**PLAIN | alone | {f"{wave}_amplitude": 0.5 for wave in fm23.WAVES}), 0)
    torch.testing.assert_close(sum(parts) - 3 * quiet, together)
    bare = played("sine", 440.0)[2000:14000]  # the low-pass of the whole sound delays by less than half a period
    assert parts[0][0, 2000:14000].norm() / bare.norm() == pytest.approx(0.5 / 4, rel=0.01)


@pytest.mark.parametrize("shares", [
    (0.2, 0.6, 0.3, 0.8), (1.0, 1.0, 0.001, 1.0), (0.001, 0.001, 1.0, 0.001), (0.5, 0.001, 0.5, 0.1),
])
def test_the_envelope_is_linear_between_its_corners(shares):
    attack, decay, sustain, release = shares
    envelope = SYNTHESIZER.envelope(*torch.tensor(shares, dtype=torch.float64).unsqueeze(1))[0]
    corners = [0, attack / 4, (attack + decay) / 4, 1 - release / 4, 1]  # s
    seconds = np.arange(2 * RATE) / (2 * RATE)
    np.testing.assert_allclose(envelope, np.interp(seconds, corners, [0, 1, sustain, sustain, 0]), atol=1e-9)


def test_the_envelope_scales_with_the_length_of_the_sound():
    short = fm23.Fm23(RATE, RATE // 4)
    shares = torch.tensor([[0.3], [0.4], [0.5], [0.6]], dtype=torch.float64)
    torch.testing.assert_close(short.envelope(*shares)[0], SYNTHESIZER.envelope(*shares)[0, ::4])


def test_the_gate_is_open_in_the_first_half_of_each_period():
    gain = SYNTHESIZER.gate(torch.tensor([0.5, 10.0, 30.0], dtype=torch.float64))
    seconds = np.arange(RATE) / RATE
    assert gain.min() >= 0
    assert gain.max() <= 1
    for row, frequency in enumerate((0.5, 10.0, 30.0)):
        edge = np.abs((seconds * frequency + 0.25) % 0.5 - 0.25) / frequency  # s to the nearest edge
        opened = (seconds * frequency) % 1 < 0.5
        far = edge > fm23.EDGE + 1e-9
        np.testing.assert_array_equal(gain[row][far], opened[far])
    assert gain[1].mean() == pytest.approx(0.5, abs=1e-3)
    assert gain[0, 100:-100].min() == 1


def test_the_whole_equals_its_parts():
    values = protocol.of_unit(fm23.SPEC, torch.full((1, 23), 0.6, dtype=torch.float64))
    table = values[:, :16].reshape(1, 4, 4)
    band = SYNTHESIZER.band
    sound = band.sound(band.spectrum(SYNTHESIZER.mixed(*table.unbind(2)) * SYNTHESIZER.envelope(*values[:, 16:20].unbind(1))))
    spectrum = torch.fft.rfft(sound, band.size) * band.lowpass(2 * math.pi / RATE * values[:, 20], values[:, 21])
    expected = band.sound(spectrum) * SYNTHESIZER.gate(values[:, 22])
    sound = SYNTHESIZER.render(values, 0)
    torch.testing.assert_close(sound[:, 200:], expected[:, 200:], atol=1e-4, rtol=0)
