import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.core.records import Label
from artinv.signal.endpoints import from_labels, from_sound, is_silent, overlap, phrases
from artinv.signal.mfcc import log_mel
from tests.support.speech import sound_of


def ends(sound):
    return from_sound(log_mel(sound, 16000, 160, 400, 24), 100)


def spoken(seed, snr_db, span=(0.6, 2.1), seconds=3.0):
    return sound_of(np.arange(int(seconds * 16000)) / 16000, 16000, span, seed, snr_db)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("snr_db", "tolerance"), [(10, 0.12), (20, 0.08), (40, 0.06)])
def test_speech_is_detected_in_noise(seed, snr_db, tolerance):
    assert ends(spoken(seed, snr_db)) == pytest.approx((0.6, 2.1), abs=tolerance)


@pytest.mark.parametrize("snr_db", [10, 30])
def test_clicks_are_not_speech(snr_db):
    sound = spoken(3, snr_db)
    for start, length in ((1600, 1), (4000, 160), (44000, 80), (46500, 320)):
        sound[start:start + length] = 0.9
    assert ends(sound) == pytest.approx((0.6, 2.1), abs=0.12)


def test_hum_offset_and_digital_silence_have_no_effect():
    clean = spoken(1, 30)
    hum = 0.05 * np.sin(2 * np.pi * 50 * np.arange(len(clean)) / 16000).astype(np.float32)
    assert ends(clean + hum + np.float32(0.1)) == pytest.approx(ends(clean), abs=0.06)
    padded = np.concatenate([np.zeros(8000, np.float32), clean, np.zeros(8000, np.float32)])
    assert ends(padded) == pytest.approx(np.add(ends(clean), 0.5), abs=0.06)


@pytest.mark.parametrize("gain", [0.01, 0.1, 3.0])
def test_the_gain_has_no_effect(gain):
    sound = spoken(2, 20)
    assert ends(sound * np.float32(gain)) == pytest.approx(ends(sound), abs=1e-9)


@pytest.mark.parametrize("level", [0.0, 1e-3, 0.1])
def test_no_endpoints_are_detected_in_stationary_noise(level):
    assert ends((level * np.random.default_rng(0).standard_normal(32000)).astype(np.float32)) is None


def test_labels_of_silence_are_ignored():
    labels = [Label(*row) for row in [
        ("#", 0, 0.1), ("sil", 0.1, 0.2), ("breath", 0.2, 0.3), ("AA1", 0.3, 0.4), ("sp", 0.4, 0.6), ("<SIL>", 0.6, 0.7),
        ("k", 0.7, 0.9), ("pau", 0.9, 1.0), (" ", 1.0, 1.1), ("t", 1.2, 1.2),
    ]]
    assert from_labels(labels) == (0.3, 0.9)
    assert from_labels(labels[:3]) is None
    assert from_labels([]) is None
    assert not is_silent("s")


@settings(max_examples=50)
@given(*[st.floats(0, 10)] * 2, *[st.floats(0.01, 5)] * 2)
def test_overlap_is_a_fraction_of_the_first_span(a, b, first, second):
    fraction = overlap((a, a + first), (b, b + second))
    assert 0 <= fraction <= 1 + 1e-9
    assert fraction * first == pytest.approx(overlap((b, b + second), (a, a + first)) * second, abs=1e-9)


def drawn(*parts):
    """Return (frames, 4) dB; each part is (number of frames, dB above the background)."""
    levels = np.concatenate([np.full(frames, float(height)) for frames, height in parts])
    return levels[:, None] - 70 + np.arange(4)


@pytest.mark.parametrize(("height", "expected"), [(5.9, []), (6.1, [(1.0, 2.0)]), (30, [(1.0, 2.0)]), (80, [(1.0, 2.0)])])
def test_speech_is_at_least_6_db_above_the_background(height, expected):
    assert phrases(drawn((100, 0), (100, height), (100, 0)), 100) == expected
    assert phrases(drawn((100, 0), (100, height), (100, 0)), 50) == [(2 * start, 2 * end) for start, end in expected]


@pytest.mark.parametrize(("pause", "expected"), [(25, [(1.0, 3.25)]), (26, [(1.0, 2.0), (2.26, 3.26)])])
def test_a_pause_longer_than_250_ms_separates_phrases(pause, expected):
    assert phrases(drawn((100, 0), (100, 30), (pause, 0), (100, 30), (50, 0)), 100) == expected


@pytest.mark.parametrize(("frames", "count"), [(9, 1), (10, 2)])
def test_an_isolated_segment_of_100_ms_is_speech(frames, count):
    spoken = phrases(drawn((100, 0), (frames, 30), (50, 0), (100, 30), (50, 0)), 100)
    assert len(spoken) == count
    assert spoken[-1] == pytest.approx((1.5 + frames / 100, 2.5 + frames / 100))


@pytest.mark.parametrize(("height", "count"), [(7.2, 1), (7.8, 2)])
def test_a_quarter_of_the_level_of_loud_speech_is_speech(height, count):
    assert len(phrases(drawn((100, 0), (100, 30), (50, 0), (50, height), (100, 0)), 100)) == count


@pytest.mark.parametrize(("top", "height", "end"), [
    (30, 2.7, 2.0), (30, 3.3, 2.2),  # limit: a tenth of the level of loud speech
    (8, 0.9, 2.0), (8, 1.1, 2.2),  # limit: the ripple of stationary noise
    (60, 23.5, 2.0), (60, 24.5, 2.2),  # limit: a tenth of the upper 40 dB
])
def test_frames_above_the_low_threshold_next_to_speech_belong_to_it(top, height, end):
    assert phrases(drawn((100, 0), (100, top), (20, height), (100, 0)), 100) == [(1.0, end)]


@pytest.mark.parametrize(("frames", "start"), [(3, 1.23), (4, 1.0)])
def test_segments_shorter_than_four_frames_are_smoothed_away(frames, start):
    assert phrases(drawn((100, 0), (frames, 30), (20, 0), (100, 30), (100, 0)), 100)[0][0] == start


def test_digital_zeros_do_not_count_as_background():
    zeros = np.full((150, 4), -100.0)
    hiss = drawn((20, 0), (100, 30), (20, 0))
    assert phrases(np.concatenate([zeros, hiss, zeros]), 100) == [(1.7, 2.7)]
    assert phrases(zeros, 100) == []


def test_hum_in_one_band_has_no_effect():
    hum = drawn((100, 0), (100, 30), (100, 0))
    hum[:, 0] = 0
    assert phrases(hum, 100) == [(1.0, 2.0)]


@pytest.mark.parametrize(("quiet", "speech", "expected"), [
    (895, 105, 1), (905, 95, 0),  # of 1000 frames at least a tenth must be speech
    (105, 895, 1), (95, 905, 0),  # and at least a tenth background
])
def test_a_recording_needs_a_tenth_of_speech_and_a_tenth_of_background(quiet, speech, expected):
    assert len(phrases(drawn((quiet // 2, 0), (speech, 30), (quiet - quiet // 2, 0)), 100)) == expected


@pytest.mark.parametrize(("shout", "end"), [(45, 6.2), (55, 6.0)])
def test_sound_that_is_loud_for_a_twentieth_of_the_time_sets_the_depth(shout, end):
    assert from_sound(drawn((400, 0), (shout, 80), (200 - shout, 50), (20, 35), (380, 0)), 100) == (4.0, end)


def test_the_endpoints_are_the_start_of_the_first_and_the_end_of_the_last_phrase():
    assert from_sound(drawn((100, 0), (100, 30), (50, 0), (100, 30), (50, 0)), 100) == (1.0, 3.5)
