"""High-gamma envelopes: closed forms of tones, scipy as the authority of filters and envelopes, and any division into blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from artinv.neural import highgamma
from artinv.neural.highgamma import HighGamma, band_filter, envelopes, passbands, smoothing_filter
from artinv.runtime.errors import BadData

RATES = (500, 1000, 1024, 2000, 2048)


def tone(hertz, rate, seconds=4.0, depth=0.0, modulation=4.0):
    time = np.arange(round(seconds * rate)) / rate
    return (1 + depth * np.sin(2 * np.pi * modulation * time))[:, None] * np.sin(2 * np.pi * hertz * time)[:, None]


@pytest.mark.parametrize("rate", [*RATES, 6000])  # at 6000 Hz the filter is longer than the least transform
@pytest.mark.parametrize("hertz", [80, 90, 125, 140])
def test_the_envelope_of_a_modulated_tone_is_its_modulation(rate, hertz):
    found = envelopes([tone(hertz, rate, depth=0.5)], rate, 1)[:, 0]
    time = np.arange(500) / 125
    assert len(found) == 500
    expected = 1 + 0.5 * np.sin(2 * np.pi * 4 * time)
    np.testing.assert_allclose(found[60:-60], expected[60:-60], atol=0.02)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hertz", "line"), [(20, 50), (60, 50), (180, 50), (100, 50), (150, 50), (120, 60), (0, 50), (50, 50)])
def test_tones_outside_the_band_and_harmonics_of_the_line_leave_nothing(rate, hertz, line):
    found = envelopes([tone(hertz, rate) + 3], rate, 1, line)
    assert found[60:-60].max() < 0.04


def test_the_line_frequency_is_50_hz_unless_it_is_given():
    voltage = np.random.default_rng(0).standard_normal((2000, 1))
    np.testing.assert_array_equal(envelopes([voltage], 1000, 1), envelopes([voltage], 1000, 1, 50.0))
    np.testing.assert_array_equal(HighGamma(1000, 1)._response, HighGamma(1000, 1, 50.0)._response)


def test_without_line_noise_nothing_is_left_out():
    assert envelopes([tone(100, 1000)], 1000, 1, 0)[60:-60].min() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("line", "rate", "bands"), [
    (60, 1000, [(70, 118), (122, 170)]), (0, 1000, [(70, 170)]), (0, 400, [(70, 170)]),
    (36, 2000, [(74, 106), (110, 142), (146, 170)]),
])
def test_the_bands_lie_between_the_harmonics(line, rate, bands):
    assert passbands(line, rate) == bands


@pytest.mark.parametrize("rate", RATES)
def test_the_filter_has_the_response_of_its_design(rate):
    """The gain is 2 at positive frequencies in the band, 1 at its edges, and 0 elsewhere, at negative frequencies, too."""
    taps = band_filter(rate, 50)
    hertz = np.array([-125, 30, 65, 70, 75, 90, 98, 100, 102, 125, 150, 165, 170, 176, 200])
    _, gain = signal.freqz(taps, worN=2 * np.pi * hertz / rate)
    expected = [0, 0, 0, 1, 2, 2, 1, 0, 1, 2, 0, 2, 1, 0, 0]
    np.testing.assert_allclose(np.abs(gain), expected, atol=0.04)
    np.testing.assert_allclose(taps, taps[::-1].conj(), atol=1e-15)  # linear phase, no delay


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5])
def test_the_smoothing_filter_keeps_slow_changes_and_stops_at_half_of_the_frame_rate(phase):
    taps = smoothing_filter(1000, phase)
    _, gain = signal.freqz(taps, worN=2 * np.pi * np.array([0, 10, 20, 44, 65, 200]) / 1000)
    np.testing.assert_allclose(np.abs(gain), [1, 1, 1, 0.5, 0, 0], atol=0.05)


@pytest.mark.parametrize("rate", [1000, 2000])
def test_the_result_equals_filters_and_hilbert_transform_of_scipy_in_float64(rate):
    voltage = np.random.default_rng(1).standard_normal((3 * rate, 3))
    filtered = signal.fftconvolve(voltage, np.real(band_filter(rate, 50))[:, None], "same", axes=0)
    slow = np.abs(signal.hilbert(filtered, axis=0))
    slow = signal.fftconvolve(slow, smoothing_filter(rate, 0)[:, None], "same", axes=0)[::rate // 125]
    np.testing.assert_allclose(envelopes([voltage], rate, 3)[100:-100], slow[100:-100], rtol=3e-3)


@settings(max_examples=12)
@given(st.sampled_from((1000, 1024)), st.lists(st.integers(1, 6000), max_size=30), st.integers(0, 5))
def test_any_division_into_blocks_gives_the_same_bits(rate, lengths, seed):
    voltage = np.random.default_rng(seed).standard_normal((7001, 2))
    blocks = np.split(voltage, np.minimum(np.cumsum(lengths, dtype=int), len(voltage)))
    np.testing.assert_array_equal(envelopes(blocks, rate, 2), envelopes([voltage], rate, 2))


def test_a_frame_depends_on_its_reach_alone_and_little_on_what_is_far():
    """Apart from rounding, which the transform of a whole block spreads."""
    voltage = np.random.default_rng(0).standard_normal((8000, 1))
    changed = voltage.copy()
    changed[4000:] *= 9
    before, after = (envelopes([part], 1000, 1)[:, 0] for part in (voltage, changed))
    change, time = np.abs(after / before - 1), np.arange(1000) / 125
    assert change[time < 4 - highgamma.REACH].max() < 1e-4
    assert change[time < 3.9].max() < 0.6 < change[time > 4].max()
    assert np.median(change[(time > 3.6) & (time < 3.9)]) < 0.05


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (8, 1), (9, 2), (1000, 125), (1001, 126), (0, 0)])
def test_there_is_a_frame_for_each_125th_of_a_second(samples, frames):
    assert envelopes([np.ones((samples, 2))], 1000, 2).shape == (frames, 2)


def test_frames_come_while_the_voltage_arrives():
    extractor = HighGamma(1000, 1)
    got = [len(extractor.add(np.ones((500, 1)))) for _ in range(40)]
    assert sum(got) > 1500
    assert sum(got) + len(extractor.end()) == 2500


def test_voltage_of_another_shape_or_at_a_low_rate_is_rejected():
    with pytest.raises(BadData, match="does not have 2 channels"):
        HighGamma(1000, 2).add(np.ones((5, 3)))
    with pytest.raises(BadData, match="at 300 Hz has no high gamma"):
        HighGamma(300, 2)
