"""The resampler against closed forms and soxr; blocks of any size give equal bits."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from artinv.live.resample import Resampler, kernel, rounded
from artinv.runtime.errors import BadData
from tests.support.live import speech


def at_once(sound, rate):
    resampler = Resampler(rate)
    return np.concatenate([resampler.add(sound), resampler.end()])


def tone(hertz, rate, seconds=0.5):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("hertz", [100, 1000, 3000])
def test_a_tone_below_the_cutoff_keeps_its_amplitude_and_phase(rate, hertz):
    made = at_once(tone(hertz, rate), rate)
    inner = slice(200, -200)
    assert np.abs(made - tone(hertz, 16000)[: len(made)])[inner].max() < 3e-4


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("hertz", [8200, 10_000, 15_000])
def test_a_tone_above_half_of_the_new_rate_is_removed(rate, hertz):
    assert np.abs(at_once(tone(hertz, rate), rate))[200:-200].max() < 1e-4


def test_speech_is_resampled_as_by_soxr():
    sound = speech(1.0, 48000)
    smooth = soxr.resample(soxr.resample(sound, 48000, 12000), 12000, 48000)  # without what the filters treat differently
    reference = soxr.resample(smooth, 48000, 16000)
    assert np.abs(at_once(smooth, 48000) - reference)[200:-200].max() < 3e-3 * np.abs(reference).max()


@settings(max_examples=15)
@given(st.sampled_from([8000, 16000, 22050, 44100, 48000]), st.lists(st.integers(0, 900), max_size=12))
def test_the_division_into_blocks_changes_no_bit(rate, sizes):
    sound = speech(0.1, rate)
    resampler, edges = Resampler(rate), np.cumsum([0, *sizes]).clip(max=len(sound))
    parts = [sound[a:b] for a, b in zip(edges, [*edges[1:], len(sound)], strict=True)]
    made = np.concatenate([*map(resampler.add, parts), resampler.end()])
    assert np.array_equal(made, at_once(sound, rate))
    assert len(made) == (len(sound) - 1) * 16000 // rate + 1


def test_an_empty_sound_gives_an_empty_one():
    assert len(at_once(np.zeros(0), 48000)) == 0


def test_a_sample_appears_after_the_declared_delay():
    resampler = Resampler(48000)
    needed = round(resampler.delay * 48000)
    assert 0.001 < resampler.delay < 0.003
    assert len(resampler.add(np.ones(needed))) == 0
    assert len(resampler.add(np.ones(1))) == 1


def test_weights_have_the_sum_1_for_every_phase():
    assert [kernel(share, 0.15, 80).sum() for share in (0.0, 0.3, 0.99)] == pytest.approx([1, 1, 1])


def test_the_filter_is_that_of_scipy_for_80_db():
    taps = signal.firwin(161, 2 * 0.15, window=("kaiser", signal.kaiser_beta(80)))
    np.testing.assert_allclose(kernel(0.0, 0.15, 80), taps[1:], atol=1e-6)


def test_sound_of_16_bits_stays_as_it_is_and_louder_sound_is_clipped():
    exact = np.arange(-32768, 32768, 97) / 32768
    assert np.array_equal(at_once(exact, 16000), exact)
    assert rounded(np.array([2.0, -2.0, 0.5 / 32768, 1.5 / 32768])).tolist() == [32767 / 32768, -1.0, 0.0, 2 / 32768]


@pytest.mark.parametrize("rate", [0, 4000, 500_000, 44100.5])
def test_an_impossible_rate_is_rejected(rate):
    with pytest.raises(BadData, match="give the rate of the sound"):
        Resampler(rate)
