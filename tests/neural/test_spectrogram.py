"""A sound is closest to itself; silence and other sounds are far; STOI is that of pystoi."""

import numpy as np
import pytest
from pystoi import stoi

from artinv.neural import spectrogram

RATE = 16000


@pytest.fixture(scope="module")
def speech():
    """Return a sound with syllables: noise bands and tones in turn."""
    rng, time = np.random.default_rng(0), np.arange(2 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * number * time) / number for number in range(1, 20))
    gate = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    return (0.1 * gate * tone + 0.05 * np.roll(gate, 3000) * rng.standard_normal(len(time))).astype(np.float32)


def test_a_sound_is_closest_to_itself_at_any_level(speech):
    assert spectrogram.correlation(speech, speech) == pytest.approx(1)
    assert spectrogram.correlation(speech, 0.01 * speech) == pytest.approx(1)
    near = speech + 0.02 * np.random.default_rng(1).standard_normal(len(speech)).astype(np.float32)
    assert 1 > spectrogram.correlation(speech, near) > spectrogram.correlation(speech, speech[::-1].copy())


def test_silence_has_no_correlation_and_no_intelligibility(speech):
    quiet = np.zeros_like(speech)
    assert spectrogram.correlation(speech, quiet) == 0
    assert spectrogram.intelligibility([(speech, quiet)]) == 0
    assert spectrogram.distortion(speech, quiet) > 1


def test_words_are_joined_for_stoi(speech):
    words = [(speech[:9000], speech[:9000] + 0.01), (speech[9000:], speech[9000:] + 0.01)]
    expected = stoi(speech.astype(float), speech.astype(float) + 0.01, RATE)
    assert spectrogram.intelligibility(words) == pytest.approx(expected, abs=1e-6)
    assert np.isnan(spectrogram.intelligibility([(speech[:2000], speech[:2000])])), "too short"


def test_frames_are_those_of_the_signals(speech):
    assert spectrogram.levels(speech).shape == (250, 129)


def test_closeness_averages_pairs(speech):
    scores = spectrogram.closeness([(speech, speech), (speech, speech)])
    assert (scores.trials, round(scores.pcc, 6), round(scores.distortion, 3)) == (2, 1, 0)
