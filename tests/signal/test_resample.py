import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from artinv.signal.resample import at_16_khz, at_frames
from tests.support.speech import coils_at

RATES = [97.5, 99.83, 100.0, 100.08, 200.0, 500.0]
INNER = slice(25, -25)


def wave(times, hertz, phase=0.4):
    return np.sin(2 * np.pi * hertz * times + phase)[:, None]


def filtered(rate, hertz, cutoff=20.0, start=0.0, seconds=3.0):
    source = start + np.arange(round(seconds * rate)) / rate
    times = np.arange(round(start * 100), int(source[-1] * 100)) / 100
    return at_frames(wave(source, hertz), rate, start, times, cutoff), wave(times, hertz)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [0.5, 5.0, 10.0, 14.0])
def test_motion_below_the_cutoff_passes_unchanged(rate, hertz):
    out, truth = filtered(rate, hertz)
    assert np.abs(out - truth)[INNER].max() < 0.01


@pytest.mark.parametrize("rate", RATES)
def test_slow_motion_is_exact_up_to_the_ends(rate):
    out, truth = filtered(rate, 2.0)
    assert np.abs(out - truth).max() < 0.02


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [26.0, 35.0, 45.0])
def test_motion_above_the_cutoff_is_removed(rate, hertz):
    assert np.abs(filtered(rate, hertz)[0])[INNER].max() < 0.01


@pytest.mark.parametrize("hertz", [60.0, 90.0, 110.0, 201.0])
def test_there_is_no_aliasing(hertz):
    assert np.abs(filtered(500.0, hertz)[0])[INNER].max() < 0.01


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [3.0, 12.0, 20.0])
def test_the_low_pass_has_zero_phase(rate, hertz):
    """The phase of every frequency up to the cut-off changes by less than a fifth of a degree."""
    out, _ = filtered(rate, hertz, seconds=6.0)
    inner = out[INNER, 0]
    times = np.arange(len(out))[INNER] / 100
    basis = np.stack([np.sin(2 * np.pi * hertz * times), np.cos(2 * np.pi * hertz * times)], axis=1)
    sine, cosine = np.linalg.lstsq(basis, inner, rcond=None)[0]
    assert np.arctan2(cosine, sine) == pytest.approx(0.4, abs=0.0035)


@pytest.mark.parametrize(("rate", "up", "down"), [(48000, 1, 3), (44100, 160, 441), (20000, 4, 5), (8000, 2, 1)])
def test_resampled_sound_equals_that_of_scipy(rate, up, down):
    """The test uses noise below the narrower band's edge and ignores the ends."""
    noise = np.random.default_rng(rate).normal(0, 1, 2 * rate)
    sound = signal.filtfilt(*signal.butter(8, 0.35 * min(rate, 16000), fs=rate), noise)
    sound *= 0.5 / np.abs(sound).max()
    expected = signal.resample_poly(sound, up, down, window=("kaiser", 12.0))
    actual = at_16_khz(sound.astype(np.float32), rate)
    assert len(actual) == pytest.approx(len(expected), abs=1)
    inner = slice(800, min(len(actual), len(expected)) - 800)
    assert np.abs(actual[inner] - expected[inner]).max() < 2e-3


@pytest.mark.parametrize("rate", [200.0, 500.0])
def test_resampled_motion_equals_that_of_scipy(rate):
    """The motion is noise up to 12 Hz, which the low-pass does not change."""
    noise = np.random.default_rng(7).normal(0, 1, round(8 * rate))
    coils = 5 * signal.filtfilt(*signal.butter(4, 8, fs=rate), noise)[:, None]
    expected = signal.resample_poly(coils, 100, round(rate), axis=0, window=("kaiser", 12.0))
    actual = at_frames(coils, rate, 0.0, np.arange(len(expected)) / 100, 20.0)
    assert np.nanmax(np.abs(actual - expected)[50:-50]) < 0.02


def test_time_reversed_motion_gives_the_time_reversed_result():
    coils = coils_at(np.arange(401) / 200)[:, :12]
    times = np.arange(201) / 100
    forward, backward = (at_frames(x, 200, 0, times, 10) for x in (coils, coils[::-1]))
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-4)


def test_linear_motion_stays_linear_up_to_the_ends():
    source = np.arange(50) / 97.5
    times = np.arange(50) / 100
    np.testing.assert_allclose(at_frames(4 - 30 * source[:, None], 97.5, 0, times, 20), 4 - 30 * times[:, None], atol=0.003)


@pytest.mark.parametrize("start", [0.02, 0.0137, 0.5])
def test_times_count_from_the_start_of_the_sound(start):
    out, truth = filtered(200.0, 4.0, start=start)
    known = ~np.isnan(out)
    assert np.abs(out - truth)[known].max() < 0.02
    assert known.sum() >= len(out) - 1


@settings(max_examples=40)
@given(st.integers(0, 399), st.integers(1, 200), st.integers(0, 11))
def test_a_gap_neither_grows_nor_is_filled(start, length, channel):
    coils = coils_at(np.arange(400) / 200)
    whole = at_frames(coils, 200, 0, np.arange(200) / 100, 20)
    coils[start:start + length, channel] = np.nan
    out = at_frames(coils, 200, 0, np.arange(200) / 100, 20)
    np.testing.assert_array_equal(np.delete(out, channel, axis=1), np.delete(whole, channel, axis=1))
    samples = np.arange(200) * 2
    np.testing.assert_array_equal(np.isnan(out[:, channel]), (samples >= start) & (samples < start + length))
    assert np.abs(out - whole)[~np.isnan(out)].max(initial=0) < 8  # a stretch of a few samples gives a rough estimate
    far = np.abs(samples - start - length / 2) > length / 2 + 50
    assert np.abs(out[far, channel] - whole[far, channel]).max(initial=0) < 0.2


def test_the_edge_of_a_gap_does_not_ring():
    rate = 200
    coils = np.full((600, 1), 10.0) + 0.3 * np.random.default_rng(0).standard_normal((600, 1))
    coils[200:400] = np.nan
    out = at_frames(coils, rate, 0, np.arange(300) / 100, 10)
    assert np.nanmax(np.abs(out - 10)) < 0.9
    assert np.nanstd(out) < 0.15


def test_a_single_sample_and_no_frame_times():
    coils = np.full((3, 2), np.nan)
    coils[1, 0] = 7
    out = at_frames(coils, 100, 0, np.arange(3) / 100, 20)
    assert out[1, 0] == 7
    assert np.isnan(out).sum() == 5
    assert at_frames(coils, 100, 0, np.zeros(0), 20).shape == (0, 2)


@pytest.mark.parametrize("rate", [16000, 22050, 44100])
def test_sound_is_not_delayed_and_has_16_bits(rate):
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    out = at_16_khz(wave, rate)
    assert len(out) == 16000
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out * 32768, np.rint(out * 32768))
    assert np.abs(out - 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000))[200:-200].max() < 2e-4


def test_every_16_bit_value_is_unchanged():
    values = np.arange(-32768, 32768)
    np.testing.assert_array_equal(at_16_khz((values / 32768).astype(np.float32), 16000) * 32768, values)


def test_full_scale_is_clipped_to_16_bits():
    loud = at_16_khz(np.array([-1, 1, 0.999999, 2], np.float32), 16000)
    assert loud.tolist() == [-1, 32767 / 32768, 32767 / 32768, 32767 / 32768]
