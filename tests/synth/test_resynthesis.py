"""Resynthesis: distances, levels, missing channels, equal bytes and rejected input."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter

from artinv.core.channels import derive
from artinv.runtime.errors import BadData
from artinv.synth.fitting.resynthesis import Distances, interpolate_at, measured, resynthesize
from artinv.synth.speaker.lexicon import LEXICON, Sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Variability, make_speaker
from tests.support import corpora, recordings

pytestmark = pytest.mark.usefixtures("one_thread")
NEUTRAL = Variability.of({**dict.fromkeys(Variability.model_fields, 0.0), "token": 1.0})
WORDS = {word.text: word for kind in ("adjective", "noun") for word in LEXICON[kind]}
LINE = Sentence("Yellow window.", (WORDS["yellow"], WORDS["window"]))


@pytest.fixture(scope="module")
def spoken():
    """Return a short synthetic utterance."""
    speaker = make_speaker("male", NEUTRAL)
    speaker = replace(speaker, pace=replace(speaker.pace, stretch=0.8, margin=(0.05, 0.1)))
    return speak(speaker, LINE, 1)


@pytest.fixture(scope="module")
def motion(spoken):
    return derive(spoken.coils)


@pytest.fixture(scope="module")
def repeated(spoken, motion):
    return resynthesize(spoken.sound, spoken.sound_rate, motion, spoken.coil_rate, statistics=measured(motion))


def test_the_true_articulation_is_closer_than_a_still_tract(repeated):
    for name, value in asdict(repeated.distances).items():
        assert value < 0.85 * asdict(repeated.still_distances)[name], name


def test_the_sounds_have_equal_length_and_level(spoken, repeated):
    assert len(repeated.original) == len(repeated.copy) == len(repeated.still) == len(spoken.sound) // 80 * 80
    for sound in (repeated.original, repeated.copy, repeated.still):
        assert sound.dtype == np.float32
        assert np.sqrt(np.mean(np.square(sound))) == pytest.approx(0.08, rel=1e-3)
        assert np.isfinite(sound).all()


def test_the_head_reaches_the_target_positions_of_its_coils(repeated):
    assert np.abs(repeated.reached - repeated.coils).mean() < 0.4


def test_equal_input_gives_equal_bytes(spoken, motion, repeated, tmp_path):
    again = resynthesize(spoken.sound, spoken.sound_rate, motion, spoken.coil_rate, statistics=measured(motion))
    paths = repeated.write(tmp_path / "a", "word"), again.write(tmp_path / "b", "word")
    assert [path.name for path in paths[0]] == ["word_original.wav", "word_copy.wav", "word_still.wav"]
    for first, second in zip(*paths, strict=True):
        assert first.read_bytes() == second.read_bytes()
        information = soundfile.info(first)
        assert (information.samplerate, information.subtype, information.channels) == (16000, "PCM_16", 1)
    assert len(list((tmp_path / "a").iterdir())) == 3


def test_standard_scores_and_millimetres_give_the_same_result(spoken, motion, repeated):
    mean, std = measured(motion)
    same = resynthesize(spoken.sound, spoken.sound_rate, (motion - mean) / std, spoken.coil_rate)
    np.testing.assert_allclose(same.controls, repeated.controls, atol=0.02)
    moved = resynthesize(
        spoken.sound, spoken.sound_rate, motion + 30, spoken.coil_rate, statistics=(mean + 30, std))
    np.testing.assert_allclose(moved.coils, repeated.coils, atol=1e-3)


def test_gaps_are_interpolated_and_a_missing_velum_follows_the_head(spoken, motion):
    gapped = motion.copy()
    gapped[40:60, :2] = np.nan
    gapped[:, 16:] = np.nan
    result = resynthesize(spoken.sound, spoken.sound_rate, gapped, spoken.coil_rate, statistics=measured(gapped))
    assert np.isfinite(result.coils[:, :12]).all()
    assert np.isnan(result.coils[:, 12:]).all()
    assert np.isfinite(result.reached).all()
    assert np.isfinite(result.copy).all()


def test_trajectories_are_interpolated_in_gaps_and_constant_beyond_the_ends():
    values = np.array([[np.nan, 1], [2, np.nan], [np.nan, np.nan], [4, 4]])
    out = interpolate_at(values, np.array([-3, 0, 1.5, 2, 9]))
    np.testing.assert_allclose(out[:, 0], [2, 2, 2.5, 3, 4])
    np.testing.assert_allclose(out[:, 1], [1, 1, 2.5, 3, 4])
    assert np.isnan(interpolate_at(np.full((3, 1), np.nan), np.arange(2.0))).all()


def test_statistics_ignore_missing_values():
    motion = np.random.default_rng(0).standard_normal((50, 18)) * 3 + 7
    motion[::3, 4], motion[:, 16] = np.nan, np.nan
    mean, std = measured(motion)
    known = np.arange(18) != 16
    np.testing.assert_allclose(mean[known], np.nanmean(motion[:, known], axis=0))
    np.testing.assert_allclose(std[known], np.nanstd(motion[:, known], axis=0))
    assert np.isnan(mean[16])


def test_distances_separate_level_colour_and_content(spoken):
    sound = spoken.sound
    assert asdict(Distances.between(sound, sound)) == dict.fromkeys(asdict(Distances.between(sound, sound)), 0.0)
    assert Distances.between(sound, 0.1 * sound).log_mel < 0.05
    coloured = Distances.between(sound, lfilter([1, -0.9], [1], sound).astype(np.float32))
    assert coloured.log_mel > 3
    assert coloured.log_mel_equalized < 0.3 * coloured.log_mel
    assert coloured.cepstral_equalized < 0.3 * coloured.cepstral
    noise = Distances.between(sound, np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32))
    assert noise.log_mel_equalized > 5


@pytest.mark.parametrize(("sound", "motion", "message"), [
    (np.zeros(8000), np.zeros((50, 18)), "silent"),
    (np.ones(100), np.zeros((50, 18)), "shorter than 50 ms"),
    (np.ones(8000), np.zeros((50, 14)), r"shape \(50, 14\); expected \(frames, 18\)"),
    (np.ones(8000), np.full((50, 18), np.nan), "only missing ones"),
    (np.ones(8000), np.full((50, 18), np.inf), "infinite values"),
])
def test_unusable_sound_or_articulation_is_rejected(sound, motion, message):
    with pytest.raises(BadData, match=message):
        resynthesize(sound, 16000, motion, 100)


@recordings.needed
def test_a_real_recording_is_closer_than_a_still_tract():
    corpus = corpora.get("mocha")
    utterance = corpus.read(corpus.find(recordings.MOCHA).sources[0])[0]
    motion = derive(utterance.coils)
    result = resynthesize(
        utterance.sound, utterance.sound_rate, motion, utterance.coil_rate, statistics=measured(motion), start=utterance.coil_start)
    assert result.distances.cepstral_equalized < 0.9 * result.still_distances.cepstral_equalized
