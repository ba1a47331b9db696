import subprocess
import sys

import numpy as np
import pytest
from scipy import signal

from artinv.runtime.errors import BadData
from artinv.signal import mfcc
from tests.support.speech import sound_of

librosa = pytest.importorskip("librosa")


@pytest.fixture(scope="module")
def sound():
    return sound_of(np.arange(24321) / 16000, 16000, (0.2, 1.3))


@pytest.mark.parametrize(("rate", "size", "n_mels"), [(16000, 400, 40), (16000, 512, 40), (16000, 400, 8), (22050, 1024, 80)])
def test_mel_filters_equal_those_of_librosa(rate, size, n_mels):
    expected = librosa.filters.mel(sr=rate, n_fft=size, n_mels=n_mels)
    np.testing.assert_allclose(mfcc.mel_filters(rate, size, n_mels).T, expected, atol=1e-8)


@pytest.mark.parametrize(("window", "n_mels"), [(400, 40), (320, 26), (640, 80)])
@pytest.mark.parametrize("samples", [24321, 24320, 24319, 1600])
def test_mfcc_and_deltas_equal_those_of_librosa(sound, window, n_mels, samples):
    start = sound[:samples]
    expected = librosa.feature.mfcc(y=start, sr=16000, n_mfcc=13, n_fft=window, hop_length=160, n_mels=n_mels)
    actual = mfcc.cepstra(mfcc.log_mel(start, 16000, 160, window, n_mels), 13)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected.T, atol=1e-3)
    for order in (1, 2):
        np.testing.assert_allclose(mfcc.deltas(actual, order), librosa.feature.delta(expected, order=order).T, atol=1e-3)


def test_log_mel_equals_that_of_librosa(sound):
    power = librosa.feature.melspectrogram(y=sound, sr=16000, n_fft=400, hop_length=160, n_mels=40)
    np.testing.assert_allclose(mfcc.log_mel(sound, 16000, 160, 400, 40), librosa.power_to_db(power).T, atol=1e-3)


def test_the_log_mel_of_digital_silence_is_finite():
    assert np.isfinite(mfcc.log_mel(np.zeros(1600, np.float32), 16000, 160, 400, 40)).all()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("frames", [9, 10, 60])
def test_deltas_equal_the_savitzky_golay_filter_of_scipy(frames, order):
    values = np.random.default_rng(0).standard_normal((frames, 3)).astype(np.float32)
    expected = signal.savgol_filter(values, 9, order, deriv=order, axis=0)
    np.testing.assert_allclose(mfcc.deltas(values, order), expected, atol=1e-6)


def test_a_sound_too_short_for_deltas_is_rejected():
    with pytest.raises(BadData, match="8 frames is too short for deltas"):
        mfcc.deltas(np.zeros((8, 3), np.float32), 1)


def test_importing_features_imports_neither_librosa_nor_torch():
    code = ("import artinv.data.frames, artinv.data.clean, sys; "
            "print(sorted({'librosa', 'torch', 'transformers'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
