import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.endpoints import from_labels, from_sound, is_silent, overlap
from artinv.mfcc import log_mel
from artinv.utterance import Label
from tests.speech import sound_of


def ends(sound):
    return from_sound(log_mel(sound, 16000, 160, 400, 24), 100)


def spoken(seed, snr_db, span=(0.6, 2.1), seconds=3.0):
    return sound_of(np.arange(int(seconds * 16000)) / 16000, 16000, span, seed, snr_db)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("snr_db", "tolerance"), [(10, 0.12), (20, 0.08), (40, 0.06)])
def test_speech_is_found_in_noise(seed, snr_db, tolerance):
    assert ends(spoken(seed, snr_db)) == pytest.approx((0.6, 2.1), abs=tolerance)


@pytest.mark.parametrize("snr_db", [10, 30])
def test_clicks_are_no_speech(snr_db):
    sound = spoken(3, snr_db)
    for place, length in ((1600, 1), (4000, 160), (44000, 80), (46500, 320)):
        sound[place:place + length] = 0.9
    assert ends(sound) == pytest.approx((0.6, 2.1), abs=0.12)


def test_hum_offset_and_digital_silence_do_not_matter():
    clean = spoken(1, 30)
    hum = 0.05 * np.sin(2 * np.pi * 50 * np.arange(len(clean)) / 16000).astype(np.float32)
    assert ends(clean + hum + np.float32(0.1)) == pytest.approx(ends(clean), abs=0.06)
    padded = np.concatenate([np.zeros(8000, np.float32), clean, np.zeros(8000, np.float32)])
    assert ends(padded) == pytest.approx(np.add(ends(clean), 0.5), abs=0.06)


@pytest.mark.parametrize("gain", [0.01, 0.1, 3.0])
def test_loudness_does_not_matter(gain):
    sound = spoken(2, 20)
    assert ends(sound * np.float32(gain)) == pytest.approx(ends(sound), abs=1e-9)


@pytest.mark.parametrize("level", [0.0, 1e-3, 0.1])
def test_steady_noise_has_no_ends(level):
    assert ends((level * np.random.default_rng(0).standard_normal(32000)).astype(np.float32)) is None


def test_labels_of_silence_do_not_count():
    labels = [Label(*row) for row in [
        ("#", 0, 0.1), ("sil", 0.1, 0.2), ("breath", 0.2, 0.3), ("AA1", 0.3, 0.4), ("sp", 0.4, 0.6), ("<SIL>", 0.6, 0.7),
        ("k", 0.7, 0.9), ("pau", 0.9, 1.0), (" ", 1.0, 1.1), ("t", 1.2, 1.2),
    ]]
    assert from_labels(labels) == (0.3, 0.9)
    assert from_labels(labels[:3]) is None
    assert from_labels([]) is None
    assert not is_silent("s")


@settings(max_examples=50, deadline=None, derandomize=True)
@given(*[st.floats(0, 10)] * 2, *[st.floats(0.01, 5)] * 2)
def test_overlap_is_a_share(a, b, first, second):
    share = overlap((a, a + first), (b, b + second))
    assert 0 <= share <= 1 + 1e-9
    assert share * first == pytest.approx(overlap((b, b + second), (a, a + first)) * second, abs=1e-9)
