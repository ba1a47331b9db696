"""Test the table of sounds, and that the bundled model moves the mouth for sounds that English lacks as phonetics says."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.inversion import model
from artinv.phones import evidence, sounds
from artinv.phones.alphabets import _IPA
from artinv.phones.classes import CLASSES, rows_of


@pytest.mark.parametrize("table", [sounds.ENGLISH, sounds.FOREIGN, sounds.GERMAN])
def test_all_classes_are_known(table):
    parts = [part.split() for text in table.values() for part in text.split(" | ")]
    assert all(len(set(part)) == len(part) for part in parts)
    assert {name for part in parts for name in part} <= set(CLASSES)
    assert set(_IPA.values()) <= set(table)


def test_labels_with_sounds_that_german_lacks_are_not_taken_for_german():
    assert sounds.table_of(["r", "6", "x"]) is sounds.GERMAN
    for symbol in ("1", "4", "J", "L", "s\\", "z\\"):
        assert sounds.table_of(["r", "6", "x", symbol]) is sounds.FOREIGN
    assert sounds.table_of(["r", "6", "1", "T"]) is sounds.ENGLISH


def test_a_sound_between_two_has_the_mean_of_their_classes():
    rows = rows_of([sounds.FOREIGN["e"], sounds.ENGLISH["E"], sounds.ENGLISH["i"]])
    assert np.allclose(rows[0], (rows[1] + rows[2]) / 2)
    assert np.allclose(rows_of([sounds.nasalized("vowel low")])[0], rows_of(["vowel low"])[0] + rows_of(["nasal"])[0] / 2)


@pytest.fixture(scope="module")
def mouth():
    """Return the function that gives the pose of the bundled model in a sound between two vowels, from their phones alone."""
    predictor = model.load().predictor
    silent = np.zeros((50, predictor.facts.acoustic_values), np.float32)

    def pose(sound, language="6"):
        texts = ["SIL", "E", sound, "E", "SIL", language]  # the last label shows the language
        times = [0.0, 0.3, 0.42, 0.52, 0.64, 0.94, 1.0]
        labels = [Label(text, *between) for text, between in zip(texts, pairwise(times), strict=True)]
        motion = predictor.predict(evidence.joined(silent, evidence.from_labels(labels, 50, 50.0)))
        return SimpleNamespace(**dict(zip(CHANNELS, motion[24].astype(float), strict=True)))

    return pose


def test_a_uvular_r_raises_the_dorsum_and_leaves_lips_and_tip(mouth):
    uvular, english, velar = mouth("r"), mouth("r", "D"), mouth("g")
    assert english.td_y < uvular.td_y < velar.td_y
    assert uvular.tt_y < english.tt_y
    assert uvular.ll_x < english.ll_x


def test_a_velar_fricative_has_the_tongue_of_a_stop_and_not_the_jaw_of_a_sibilant(mouth):
    fricative, stop, sibilant, vowel = mouth("x"), mouth("k"), mouth("s"), mouth("E")
    assert fricative.td_y - vowel.td_y > 0.8 * (stop.td_y - vowel.td_y)
    assert fricative.li_y - vowel.li_y < 0.5 * (sibilant.li_y - vowel.li_y)


def test_a_front_rounded_vowel_has_the_tongue_of_i_and_the_lips_of_u(mouth):
    rounded, spread, back = mouth("y:"), mouth("i:"), mouth("u:")
    assert abs(rounded.td_x - spread.td_x) < abs(rounded.td_x - back.td_x)
    assert abs(rounded.ll_x - back.ll_x) < abs(rounded.ll_x - spread.ll_x)


def test_close_mid_and_back_vowels_differ_from_those_of_english(mouth):
    assert mouth("E").td_y < mouth("e:").td_y < mouth("i:").td_y
    assert mouth("O").td_y < mouth("o:").td_y
    assert mouth("u:").td_x < mouth("u:", "D").td_x


def test_a_nasal_vowel_lowers_the_velum(mouth):
    oral, nasal, consonant = mouth("a"), mouth("a~"), mouth("n")
    assert nasal.v_y - oral.v_y < 0.5 * (consonant.v_y - oral.v_y)


def test_a_glottal_stop_leaves_the_mouth_like_h(mouth):
    assert mouth("?") == mouth("h")
