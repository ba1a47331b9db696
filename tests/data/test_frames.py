from dataclasses import replace

import librosa
import numpy as np
import pytest

from artinv.core.channels import CHANNELS, derive
from artinv.data.clean import clean
from artinv.data.frames import features
from artinv.runtime.errors import BadData, BadParams
from artinv.signal.features import acoustics
from tests.support import corpora
from tests.support.speech import CLEAN, FEATURES, changed, talk


@pytest.fixture(scope="module")
def cleaned():
    return clean(talk(coil_rate=100), CLEAN)[0]


def test_frames_hold_acoustics_motion_and_labels_of_an_utterance(cleaned):
    frames = features(cleaned, FEATURES)
    assert frames.acoustics.shape == (161, 39)
    assert frames.acoustics.dtype == np.float32
    np.testing.assert_array_equal(frames.motion, derive(cleaned.coils))
    assert (frames.id, frames.rate, frames.order, frames.sentence) == (cleaned.id, 100, 1, "one two")
    assert frames.phones == cleaned.phones
    assert frames.part in ("train", "valid", "test")


def test_acoustics_equal_those_of_librosa(cleaned):
    expected = librosa.feature.mfcc(y=cleaned.sound, sr=16000, n_mfcc=13, n_fft=400, hop_length=160, n_mels=40)
    expected = np.vstack([expected, librosa.feature.delta(expected), librosa.feature.delta(expected, order=2)])
    np.testing.assert_allclose(features(cleaned, FEATURES).acoustics, expected.T, atol=1e-3)


@pytest.mark.parametrize(("kind", "deltas", "values"), [("mfcc", 0, 13), ("mfcc", 1, 26), ("logmel", 0, 40), ("logmel", 2, 120)])
def test_the_number_of_values_depends_on_kind_and_deltas(cleaned, kind, deltas, values):
    assert features(cleaned, changed(FEATURES, kind=kind, deltas=deltas)).acoustics.shape == (161, values)


@pytest.mark.parametrize("rate", [50, 100, 200])
def test_frame_k_is_at_k_over_rate(rate):
    click = np.zeros(16000, np.float32)
    click[8000] = 0.5
    level = acoustics(click, 16000, rate, changed(FEATURES, kind="logmel", deltas=0)).mean(axis=1)
    assert len(level) == 1 + rate
    assert level.argmax() == rate // 2


def test_channels_that_the_corpus_masks_are_unknown():
    masked = corpora.get("mocha").masked
    utterance = clean(talk(coil_rate=100, corpus="mocha", speaker="maps0"), CLEAN)[0]
    utterance.coils[:, 12:] = 5.0
    motion = features(utterance, FEATURES).motion
    unknown = {channel for channel, column in zip(CHANNELS, motion.T, strict=True) if np.isnan(column).all()}
    assert unknown == {channel for speaker, channel in masked if speaker == "maps0"} == {"v_x", "v_y"}


def test_constriction_locations_are_unknown_without_a_known_origin(cleaned):
    motion = features(replace(cleaned, framed=False), FEATURES).motion
    unknown = {channel for channel, column in zip(CHANNELS, motion.T, strict=True) if np.isnan(column).all()}
    assert unknown == {"ttcl", "tbcl", "v_x", "v_y"}
    np.testing.assert_array_equal(motion[:, :14], derive(cleaned.coils)[:, :14])


def test_a_gap_affects_only_the_channels_derived_from_it(cleaned):
    cleaned.coils[50:60, CHANNELS.index("ul_y")] = np.nan
    gaps = np.isnan(features(cleaned, FEATURES).motion[:, :16]).sum(axis=0)
    assert {CHANNELS[k]: n for k, n in enumerate(gaps) if n} == {"ul_y": 10, "la": 10}


def test_sound_that_was_not_cleaned_is_rejected():
    with pytest.raises(BadData, match="hprc/F01/F01_0: a sound rate of 22050 Hz"):
        features(talk(sound_rate=22050, coil_rate=97.5), FEATURES)
    cut = talk(coil_rate=100)
    with pytest.raises(BadData, match="198 frames of sound, 201 of motion"):
        features(replace(cut, sound=cut.sound[:-400]), FEATURES)


@pytest.mark.parametrize(("values", "message"), [
    ({"kind": "plp"}, "'mfcc', 'logmel' or 'ssl'"), ({"n_mfcc": 41}, "n_mfcc must not exceed n_mels = 40"),
    ({"deltas": 3}, "features.deltas"),
])
def test_bad_parameters_are_rejected(values, message):
    with pytest.raises(BadParams, match=message):
        changed(FEATURES, **values)
