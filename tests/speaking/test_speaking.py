"""Spoken trajectories: close to the sound of the true controls, formants and pitch kept, equal bytes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.core.channels import CHANNELS, derive
from artinv.core.trajectory import Trajectory
from artinv.runtime.errors import BadData, BadParams
from artinv.speaking import voices
from artinv.speaking.speaking import Material, speak
from artinv.synth.fitting.pitch import source_features
from artinv.synth.fitting.resynthesis import Distances
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import speak as say
from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.tract.formants import resonances
from tests.support.moved import moved

pytestmark = pytest.mark.usefixtures("one_thread")
RATE = 16000.0


@pytest.fixture(scope="module")
def utterance():
    return say(voices.voice("man").speaker, sentence("spoken", 2), 2)


@pytest.fixture(scope="module")
def material(utterance):
    trajectory = Trajectory(name="spoken", rate=utterance.coil_rate, motion=derive(utterance.coils).astype(np.float32))
    return Material(trajectory, (utterance.sound, RATE))


@pytest.fixture(scope="module")
def repeated(material):
    return speak(material, "man", material.sound)


def held(name: str, frames: int = 60, voice: str = "man") -> Trajectory:
    """Return a vowel that a voice holds."""
    geometry = voices.voice(voice).synth.geometry
    coils = geometry.coils(_controls(name)).numpy()
    return Trajectory(name=name, rate=100.0, motion=np.repeat(derive(coils), frames, axis=0).astype(np.float32))


def _controls(name: str) -> torch.Tensor:
    return torch.tensor(VOWELS[name], dtype=torch.float32)[None]


def pulses(hertz: np.ndarray, seconds: float = 1.0) -> np.ndarray:
    """Return a sound of pulses at a pitch that changes linearly between the values."""
    places = np.linspace(0, 1, len(hertz))
    pitch = np.interp(np.linspace(0, 1, int(seconds * RATE)), places, hertz)
    phase = np.cumsum(pitch) / RATE
    return (np.exp(-40 * (phase % 1)) - 0.02).astype(np.float32)


def test_a_sentence_is_close_to_its_original(utterance, material, repeated):
    length = len(repeated.sound)
    assert length == len(utterance.sound) // 80 * 80
    copy = Distances.between(utterance.sound[:length], repeated.sound)
    still = speak(replace(material, trajectory=held("ah", len(utterance.sound) // 160)), "man", material.sound)
    rest = Distances.between(utterance.sound[:length], still.sound[:length])
    assert copy.cepstral < 3.5
    assert copy.log_mel < 3.5
    assert copy.cepstral < 0.7 * rest.cepstral


def test_the_rule_is_farther_from_the_original_than_its_own_sound_but_closer_than_another_sentence(utterance, material, repeated):
    by_rule = speak(material, "man", None)
    length = min(len(by_rule.sound), len(utterance.sound) // 80 * 80)
    other = say(voices.voice("man").speaker, sentence("spoken", 5), 5).sound
    distances = [Distances.between(utterance.sound[:length], np.resize(sound, length)).cepstral
                 for sound in (repeated.sound, by_rule.sound, other)]
    assert distances[0] < distances[1] < distances[2]
    assert by_rule.by_rule
    assert not repeated.by_rule


@pytest.mark.parametrize("name", ["iy", "ae", "aa", "uw"])
def test_formants_of_a_vowel_in_mm_of_the_voice_are_kept(name):
    """Authority: the resonances of the true controls. The root of the tongue and the larynx are not measured by coils."""
    person = voices.voice("man")
    spoken = speak(Material(held(name)), "man", None, scale="mm")
    middle = torch.from_numpy(spoken.controls[len(spoken.controls) // 2:][:1])
    found, true = (resonances(person.synth.geometry, person.synth.tube, controls)[0].numpy()
                   for controls in (middle, _controls(name)))
    np.testing.assert_allclose(found, true, rtol=0.15)
    assert spoken.error_mm < 0.3


def test_vowels_of_another_speaker_stay_apart_without_statistics():
    """A held vowel has no statistics; its place relative to the voice is kept in part."""
    person = voices.voice("man")
    hertz = {}
    for name in ("iy", "aa"):
        spoken = speak(Material(held(name, voice="woman")), "man", None)
        hertz[name] = resonances(person.synth.geometry, person.synth.tube, torch.from_numpy(spoken.controls[50:51]))[0]
    assert hertz["iy"][1] > hertz["aa"][1] + 300
    assert hertz["iy"][0] < hertz["aa"][0] - 50


@pytest.mark.parametrize("ends", [(100.0, 160.0), (260.0, 190.0)])
def test_the_pitch_follows_the_sound(ends):
    sound = pulses(np.array(ends))
    spoken = speak(Material(held("ae", 101)), "woman", (sound, RATE))
    wanted, found = source_features(sound[: len(spoken.sound)]), source_features(spoken.sound)
    both = (wanted.voiced & found.voiced)[20:-20]
    assert both.mean() > 0.9
    np.testing.assert_allclose(found.pitch[20:-20][both], wanted.pitch[20:-20][both], rtol=0.03)


def test_the_loudness_follows_the_sound():
    swell = np.interp(np.arange(int(RATE)), [0, RATE / 2, RATE], [0.05, 1.0, 0.05])
    sound = (pulses(np.array([120.0])) * swell).astype(np.float32)
    spoken = speak(Material(held("ae", 101)), "man", (sound, RATE))
    wanted, found = (source_features(each[: len(spoken.sound)]).level for each in (sound, spoken.sound))
    difference = (found - wanted)[20:-20]
    assert np.ptp(difference) < 6.0


def test_a_sound_of_another_length_is_stretched():
    sound = pulses(np.array([100.0, 200.0]), seconds=0.5)
    spoken = speak(Material(held("ae", 101)), "man", (sound, RATE))
    assert len(spoken.sound) == 16000
    pitch = source_features(spoken.sound).pitch
    assert pitch[40] < 130
    assert pitch[-40] > 170


def test_the_pitch_of_the_rule_is_that_of_the_voice_and_falls():
    for name, low, high in (("man", 90, 130), ("woman", 160, 235)):
        spoken = speak(Material(held("ae", 150)), name, None)
        features = source_features(spoken.sound)
        assert low < np.median(features.pitch[features.voiced]) < high
        assert features.pitch[40] > 1.05 * features.pitch[-40]


@pytest.mark.parametrize("vowel", ["ae", "aa", "ah"])
@pytest.mark.parametrize("head", ["man", "woman"])
@pytest.mark.parametrize("name", ["man", "woman"])
def test_the_rule_voices_an_open_vowel_that_is_held(vowel, head, name):
    spoken = speak(Material(held(vowel, 150, head)), name, None)
    assert source_features(spoken.sound).voiced[20:-20].mean() > 0.9


def test_without_a_name_the_voice_has_the_sex_of_the_pitch():
    for hertz, name in ((110.0, "man"), (210.0, "woman")):
        sound = pulses(np.array([hertz]))
        assert speak(Material(moved(100), (sound, RATE)), None, None).voice == name
        assert speak(Material(moved(100)), None, (sound, RATE)).voice == name


def test_without_a_sound_the_voice_is_the_nearest_in_its_statistics():
    for name in voices.NEUTRAL:
        prior, statistics = voices.voice(name).prior, np.full((2, 18), np.nan)
        columns = [CHANNELS.index(column) for column in ("tt_x", "tt_y", "td_x", "td_y", "tb_x", "tb_y", "li_x", "li_y",
                                                        "ul_x", "ul_y", "ll_x", "ll_y", "v_x", "v_y")]
        statistics[0, columns], statistics[1, columns] = prior.coil_mean.numpy() + 11, prior.coil_std.numpy()
        assert voices.nearest(*statistics).name == name


def test_another_voice_speaks_the_same_motion():
    first, second = (speak(Material(moved()), name, None) for name in ("F01", "M01"))
    assert (first.voice, second.voice) == ("F01", "M01")
    assert not np.array_equal(first.sound, second.sound)


def test_equal_arguments_give_equal_bytes_and_another_seed_other_noise(material, repeated):
    assert speak(material, "man", material.sound).sound.tobytes() == repeated.sound.tobytes()
    other = speak(material, "man", material.sound, seed=1)
    assert other.sound.tobytes() != repeated.sound.tobytes()
    assert Distances.between(repeated.sound, other.sound).log_mel < 2.5


def test_the_sound_is_finite_and_never_clipped(repeated):
    for spoken in (repeated, speak(Material(moved(mm=9.0)), "fsew0", None)):
        assert spoken.sound.dtype == np.float32
        assert np.isfinite(spoken.sound).all()
        assert np.abs(spoken.sound).max() < 1


@pytest.mark.parametrize(("sound", "rate", "message"), [
    (np.zeros(8000), 16000.0, "silent"), (np.ones(100), 16000.0, "shorter than 50 ms"), (np.full(8000, np.nan), 16000.0, "finite"),
    (np.ones((800, 2)), 16000.0, "is no sound"), (np.ones(8000), 0.0, "rate above 0"),
])
def test_a_sound_that_cannot_be_used_is_rejected(sound, rate, message):
    with pytest.raises(BadData, match=message):
        speak(Material(moved()), "man", (sound, rate))


def test_an_unknown_voice_is_rejected_with_a_similar_one():
    with pytest.raises(BadParams, match=r"unknown voice 'womn'; expected one of \['woman', 'man', .*did you mean 'woman'\?"):
        speak(Material(moved()), "womn", None)
