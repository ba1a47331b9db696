"""Sources of a trajectory that is spoken: voicing learned from the motion, the rule, and sounds."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from artinv.runtime.errors import BadData
from artinv.speaking import sources, voices
from artinv.speaking.voicing import _features, voiced
from artinv.synth.fitting.pitch import source_features
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose

pytestmark = pytest.mark.usefixtures("one_thread")


def test_voicing_of_unseen_sentences_is_estimated_better_than_by_always_voiced():
    """Authority: the glottal area of the gestural score."""
    person = voices.voice("man")
    right = always = frames = caught = false = 0
    for number in range(201, 207):
        score = compose(person.speaker, sentence("unseen", number), number)[1]
        spoken, truth = score.pressure > 1000, score.glottis < 0.12
        found = voiced(person, torch.from_numpy(score.controls.astype(np.float32)))
        right += (found == truth)[spoken].sum()
        always += truth[spoken].sum()
        frames += spoken.sum()
        caught += (~found & ~truth)[spoken].sum()
        false += (~found & truth)[spoken].sum()
    assert right / frames > always / frames + 0.06
    assert caught > 0.5 * (frames - always)
    assert false < 0.25 * always


def test_the_hints_of_a_frame_lie_alike_before_and_after_it():
    """A motion in reverse has the hints in reverse; the ends of a motion are held."""
    person = voices.voice("man")
    controls = torch.from_numpy(compose(person.speaker, sentence("reverse", 1), 1)[1].controls[100:160].astype(np.float32))
    forth, back = (_features(person, values, person.synth.shape(values)).reshape(60, 7, -1)
                   for values in (controls, controls.flip(0)))
    np.testing.assert_allclose(back[::-1, ::-1], forth, atol=1e-4)
    frames = np.clip(np.arange(60)[:, None] + [-20, -12, -6, 0, 6, 12, 20], 0, 59)  # 0.1 s at 200 Hz
    np.testing.assert_array_equal(forth, forth[frames, 3])


def test_the_rule_has_no_voice_where_told_and_no_breath_where_nothing_is_spoken():
    habits = voices.voice("man").speaker.habits
    spoken = np.zeros(200, bool)
    spoken[40:160] = True
    has_voice = np.ones(200, bool)
    has_voice[90:110] = False
    breath = sources.by_rule(has_voice, spoken, habits).breath
    assert breath.glottis[60] == pytest.approx(0.05, abs=0.001)
    assert breath.glottis[100] > 0.15
    assert breath.pressure[100] == pytest.approx(habits.pressure, rel=0.01)
    assert breath.pressure[:20].max() < 1
    assert breath.pressure[180:].max() < 1
    assert (np.diff(breath.pitch[40:160]) < 0).all()
    ratio = breath.pitch[40] / breath.pitch[159]
    assert ratio == pytest.approx(np.exp(0.9 * habits.pitch_range), rel=1e-6)


def test_the_sources_of_a_sound_are_its_features():
    sound = np.zeros(16000, np.float32)
    sound[4000:12000:100] = 0.5
    prepared = sources.prepare(sound, 16000.0, "pulses")
    prosody = sources.of_sound(prepared, 200)
    np.testing.assert_array_equal(prosody.level, source_features(prepared).level)
    assert prosody.breath.pitch[100] == pytest.approx(160, rel=0.02)
    assert prosody.breath.glottis[100] == pytest.approx(0.05, abs=0.01)
    assert prosody.breath.glottis[10] > 0.25
    assert prosody.breath.pressure[10] < 100


def test_a_sound_of_another_length_is_stretched_from_end_to_end():
    sound = np.random.default_rng(0).normal(0, 0.1, 16000) * np.linspace(0.1, 1, 16000)
    prepared = sources.prepare(sound, 16000.0, "noise")
    level = source_features(prepared).level
    for frames in (100, 399):
        prosody = sources.of_sound(prepared, frames)
        places = np.arange(frames) * (len(level) - 1) / (frames - 1)
        assert len(prosody.breath.pitch) == frames
        assert prosody.level[[0, -1]].tolist() == level[[0, -1]].tolist()
        assert np.abs(prosody.level - np.interp(places, np.arange(len(level)), level)).max() < np.abs(np.diff(level)).max()


def test_a_whisper_is_used_and_a_constant_is_not():
    whisper = sources.prepare(np.random.default_rng(0).normal(0, 0.1, 16000), 16000.0, "whisper")
    prosody = sources.of_sound(whisper, 200)
    assert not prosody.features.voiced.any()
    with pytest.raises(BadData, match="the sound has no speech"):
        sources.of_sound(np.zeros(16000), 200)


@pytest.mark.parametrize(("sound", "rate", "message"), [
    (np.ones((2, 4000)), 16000.0, "is no sound"), (np.full(4000, np.nan), 16000.0, "is no sound"),
    (np.ones(4000), 0.0, "is no sound"), (np.ones(4000), float("nan"), "is no sound"),
    (np.zeros(4000), 16000.0, "is silent or shorter than 50 ms"), (np.ones(799), 16000.0, "is silent or shorter than 50 ms"),
])
def test_what_is_no_sound_is_rejected(sound, rate, message):
    with pytest.raises(BadData, match=f"a.wav: {message}"):
        sources.prepare(sound, rate, "a.wav")
    assert len(sources.prepare(np.ones(800) * 0.1, 16000.0, "a.wav")) == 800


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_pitch_falls_within_a_few_frames(frames):
    habits, spoken = voices.voice("man").speaker.habits, np.arange(10) < frames
    pitch = sources.by_rule(spoken, spoken, habits).breath.pitch
    fall = 0.9 if frames > 1 else 0
    assert pitch[0] / pitch[frames - 1] == pytest.approx(np.exp(fall * habits.pitch_range))
    if frames > 1:
        assert pitch[0] * pitch[frames - 1] == pytest.approx(habits.pitch**2)
        assert (pitch[frames:] == pitch[frames - 1]).all()


def test_glottis_and_lungs_move_within_10_and_20_ms():
    """Authority: a step after a Gaussian filter is a normal distribution; a frame lasts 5 ms."""
    habits, times = voices.voice("man").speaker.habits, np.arange(200)
    breath = sources.by_rule(times >= 100, times >= 40, habits).breath
    share = norm.cdf(times, 99.5, 2.0)
    np.testing.assert_allclose(breath.glottis[60:], (0.2 + share * (0.05 - 0.2))[60:], atol=2e-3)
    np.testing.assert_allclose(breath.pressure, habits.pressure * norm.cdf(times, 39.5, 4.0), atol=2e-3 * habits.pressure)


def test_a_sound_is_brought_to_the_usual_level_and_rate():
    sound = 0.01 * np.sin(np.arange(44100) / 20).astype(np.float32)
    prepared = sources.prepare(sound, 44100.0, "tone")
    assert len(prepared) == 16000
    assert np.sqrt(np.mean(prepared**2)) == pytest.approx(0.08, rel=1e-3)


def test_names_of_voices_are_the_neutral_ones_and_those_of_the_demo():
    names = voices.names()
    assert names[:2] == ["woman", "man"]
    assert {"F01", "M3", "fsew0", "MNGU0"} < set(names)
    assert len(names) == len(set(names)) == 22
