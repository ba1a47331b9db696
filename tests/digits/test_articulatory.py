"""Words of the vocal tract: equal for equal arguments, voices by name, and motion whose measures follow closed forms."""

import numpy as np
import pytest

from artinv.corpora import facts
from artinv.digits import articulatory
from artinv.digits.articulatory import jerk, outside, render, speaker_of
from artinv.runtime.errors import BadParams


def test_a_word_has_a_sound_and_the_motion_that_made_it():
    said = render(7, "woman")
    assert said.sound.dtype == np.float32
    assert len(said.sound) == 80 * len(said.controls)
    assert said.controls.shape[1:] == (13,)
    assert said.coils.shape == (len(said.controls), 14)
    assert 0.3 < len(said.sound) / 16000 < 1
    assert np.sqrt(np.mean(np.square(said.sound))) > 0.02
    again, take = render(7, "woman"), render(7, "woman", 1)
    np.testing.assert_array_equal(said.sound, again.sound)
    assert len(take.sound) != len(said.sound) or not np.array_equal(take.sound, said.sound)


def test_the_word_and_the_voice_change_the_motion():
    motions = [render(digit, voice).controls for digit, voice in ((7, "man"), (3, "man"), (7, "M01"))]
    lengths = [len(motion) for motion in motions]
    assert len({motion[: min(lengths)].tobytes() for motion in motions}) == 3


def test_the_motion_is_that_of_a_person():
    for digit in range(10):
        coils = render(digit, "F0001").coils
        assert not outside(coils).any()
        assert jerk(coils[:, :12], 200) < articulatory.NATURAL_JERK


def test_fast_speech_is_shorter():
    assert len(render(7, "man", 0, 0.65).sound) < 0.9 * len(render(7, "man").sound)


def test_a_voice_is_drawn_from_its_name():
    assert speaker_of("F0001").anatomy.tract_mm < speaker_of("M0001").anatomy.tract_mm


@pytest.mark.parametrize("name", ["womann", "f0001", "F001", "F00011", "", "X0001"])
def test_an_unknown_voice_is_reported(name):
    with pytest.raises(BadParams, match=r"--voice: unknown voice .* such as F0001"):
        articulatory.check(name, "--voice: ")


def test_the_jerk_of_a_steady_oscillation_is_the_closed_form():
    """X = a sin(w t) has a jerk of a w^3 / sqrt(2), root mean square; of two coordinates, one at rest, the coil's is the same."""
    time, amplitude, hertz = np.arange(2000) / 200, 3.0, 2.0
    coils = np.stack([amplitude * np.sin(2 * np.pi * hertz * time), np.zeros(2000)], 1).astype(np.float32)
    expected = amplitude * (2 * np.pi * hertz) ** 3 / np.sqrt(2)
    assert jerk(coils, 200) == pytest.approx(expected, rel=0.02)
    shaken = coils + np.random.default_rng(0).normal(0, 0.05, coils.shape).astype(np.float32)
    assert jerk(shaken, 200) < 2.5 * expected, "most noise is above the cut-off"


def test_a_coil_that_is_missing_is_ignored():
    coils = np.stack([np.sin(np.arange(400) / 10), np.sin(np.arange(400) / 10), np.full(400, np.nan), np.full(400, np.nan)], 1)
    assert jerk(coils.astype(np.float32), 200) == pytest.approx(jerk(coils[:, :2].astype(np.float32), 200))


def test_places_are_compared_with_the_widest_range_of_eight_people():
    places = list(facts.get("hprc").coil_statistics.values())
    means, stds = np.array([place.mean for place in places]), np.array([place.std for place in places])
    coils = np.zeros((4, 14), np.float32)
    coils[:, :12] = means.mean(0)
    coils[1, 3] = (means + 3 * stds).max(0)[3] + 0.1
    coils[2, 3] = (means + 3 * stds).max(0)[3] - 0.1
    coils[3, 13] = 1000
    assert outside(coils).tolist() == [False, True, False, False]
