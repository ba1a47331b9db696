import numpy as np
import pytest

from artinv.runtime.errors import BadData
from artinv.signal import mfcc, streaming
from artinv.signal.features import FeatureParams, acoustics
from artinv.signal.resample import at_16_khz
from tests.support.inverters import FEATURES, babble, standardized

KINDS = [({"deltas": 2}, 100), ({}, 50), ({"kind": "logmel", "n_mels": 24, "deltas": 0}, 200), ({"window": 0.01}, 25)]


def cut(sound, seed):
    """Return the sound in blocks of very different lengths, some empty."""
    edges = np.random.default_rng(seed).integers(0, len(sound), 12)
    return np.split(sound, np.sort([0, 1, *edges, *edges[:3], *edges[:3] + 1]))


@pytest.mark.parametrize("size", [(160, 400, 40), (320, 400, 24), (80, 512, 13), (640, 160, 20)])
@pytest.mark.parametrize(("seed", "piece"), [(0, 1), (1, 7), (2, 50), (3, 10_000)])
def test_spectra_are_the_same_for_every_division_into_blocks(size, seed, piece, monkeypatch):
    hop, window, bands = size
    sound = babble(1.5, seed=seed)[: 24000 - 37 * seed]
    sound[:2000] = 0
    whole = mfcc.log_mel(sound, 16000, hop, window, bands)
    monkeypatch.setattr(mfcc, "PIECE", piece)
    spectrum = mfcc.Spectrum(16000, hop, window, bands)
    for block in cut(sound, seed):
        spectrum.add(block)
    actual = spectrum.end()
    assert np.array_equal(actual, mfcc.log_mel(sound, 16000, hop, window, bands))
    assert actual.shape == whole.shape
    assert np.abs(actual - whole).max() < 1e-3  # dB; a matrix product rounds differently for other numbers of rows


@pytest.mark.parametrize(("changes", "rate"), KINDS)
def test_features_from_blocks_equal_those_of_the_complete_sound(changes, rate):
    params, sound = FeatureParams.of(FEATURES | changes), babble(2.03, seed=1)
    expected = acoustics(at_16_khz(sound, 16000), 16000, rate, params)
    for seed in range(3):
        recording = streaming.recording_features(cut(sound, seed), rate, params)
        assert recording.samples == len(sound)
        assert np.array_equal(recording.acoustics, expected)


def test_one_sentence_is_standardized_as_in_training():
    params, sound = FeatureParams.of(FEATURES), at_16_khz(babble(2.5, pause=0.4), 16000)
    assert np.abs(streaming.normalized_features(sound, 50, params) - standardized(sound, 50, params)).max() < 1e-3


def test_long_pauses_do_not_enter_the_speaker_statistics():
    """Pauses of seconds do not change the statistics; short pauses within a sentence count as speech."""
    params, rng = FeatureParams.of(FEATURES), np.random.default_rng(0)
    phrases = [babble(1.5, seed=seed) for seed in range(4)]

    silence = 1e-3 * rng.standard_normal(48000).astype(np.float32)
    recording = streaming.recording_features([part for phrase in phrases for part in (phrase, silence)], 50, params)
    mean, std = streaming.statistics(recording.sums())
    phrase_sums = sum(streaming.recording_features([phrase], 50, params).sums() for phrase in phrases)
    phrase_mean, phrase_std = streaming.statistics(phrase_sums)
    assert recording.speech.sum() / 50 == pytest.approx(4 * 1.3, abs=0.3)
    assert (np.abs(mean - phrase_mean) / phrase_std)[:13].max() < 0.05
    assert np.abs(std / phrase_std - 1)[:13].max() < 0.1
    assert (np.abs(recording.acoustics.mean(axis=0) - phrase_mean) / phrase_std)[0] > 0.5  # the effect of counting the pauses

    with_rests = [part for phrase in phrases for part in (phrase, silence[:4000])]  # 0.45 s of rest between phrases
    assert streaming.recording_features(with_rests, 50, params).speech.sum() / 50 == pytest.approx(4 * 1.3 + 3 * 0.45, abs=0.3)


def test_no_speech_is_detected_in_silence_and_stationary_noise():
    params, rng = FeatureParams.of(FEATURES), np.random.default_rng(0)
    for sound in (np.zeros(16000, np.float32), (0.1 * rng.standard_normal(32000)).astype(np.float32)):
        recording = streaming.recording_features([sound], 50, params)
        assert not recording.speech.any()
        mean, std = streaming.statistics(recording.sums())
        assert np.isfinite((recording.acoustics - mean) / std).all()


def test_the_message_for_a_short_sound_gives_seconds():
    with pytest.raises(BadData, match=r"0\.05 s is too short; at least 0\.16 s"):
        streaming.recording_features([np.zeros(800, np.float32)], 50, FeatureParams.of(FEATURES))
    assert len(streaming.recording_features([np.zeros(2560, np.float32)], 50, FeatureParams.of(FEATURES)).acoustics) == 9


def test_clipping_is_counted():
    sound = babble(1.0)
    sound[:4000] = 1.0
    assert streaming.recording_features([sound], 50, FeatureParams.of(FEATURES)).clipped == pytest.approx(0.25)


def test_pooled_statistics_equal_those_of_all_frames_together():
    rng = np.random.default_rng(0)
    parts = [streaming.RecordingFeatures(rng.normal(-200, 30, (n, 5)).astype(np.float32), np.arange(n) > 9, n, 0.0)
             for n in (50, 300)]
    mean, std = streaming.statistics(sum(part.sums() for part in parts))
    together = np.concatenate([part.acoustics[10:] for part in parts]).astype(float)
    assert np.allclose(mean, together.mean(axis=0), rtol=1e-5)
    assert np.allclose(std, together.std(axis=0), rtol=1e-4)
