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
def test_mel_filters_are_librosas(rate, size, n_mels):
    theirs = librosa.filters.mel(sr=rate, n_fft=size, n_mels=n_mels)
    np.testing.assert_allclose(mfcc.mel_filters(rate, size, n_mels).T, theirs, atol=1e-8)


@pytest.mark.parametrize(("window", "n_mels"), [(400, 40), (320, 26), (640, 80)])
@pytest.mark.parametrize("samples", [24321, 24320, 24319, 1600])
def test_mfcc_and_deltas_are_librosas(sound, window, n_mels, samples):
    heard = sound[:samples]
    theirs = librosa.feature.mfcc(y=heard, sr=16000, n_mfcc=13, n_fft=window, hop_length=160, n_mels=n_mels)
    ours = mfcc.cepstra(mfcc.log_mel(heard, 16000, 160, window, n_mels), 13)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs.T, atol=1e-3)
    for order in (1, 2):
        np.testing.assert_allclose(mfcc.deltas(ours, order), librosa.feature.delta(theirs, order=order).T, atol=1e-3)


def test_log_mel_is_librosas(sound):
    power = librosa.feature.melspectrogram(y=sound, sr=16000, n_fft=400, hop_length=160, n_mels=40)
    np.testing.assert_allclose(mfcc.log_mel(sound, 16000, 160, 400, 40), librosa.power_to_db(power).T, atol=1e-3)


def test_silence_is_a_number():
    assert np.isfinite(mfcc.log_mel(np.zeros(1600, np.float32), 16000, 160, 400, 40)).all()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("frames", [9, 10, 60])
def test_deltas_are_scipys(frames, order):
    values = np.random.default_rng(0).standard_normal((frames, 3)).astype(np.float32)
    theirs = signal.savgol_filter(values, 9, order, deriv=order, axis=0)
    np.testing.assert_allclose(mfcc.deltas(values, order), theirs, atol=1e-6)


def test_too_short_for_deltas():
    with pytest.raises(BadData, match="8 frames is too short for deltas"):
        mfcc.deltas(np.zeros((8, 3), np.float32), 1)


def test_importing_features_costs_no_librosa_and_no_torch():
    code = "import artinv.data.frames, artinv.data.clean, sys; print(sorted({'librosa', 'torch', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
