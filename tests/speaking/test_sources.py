"""Sources of a trajectory that is spoken: voicing learned from the motion, the rule, and sounds."""

import numpy as np
import pytest
import torch

from artinv.speaking import sources, voices
from artinv.speaking.voicing import voiced
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
