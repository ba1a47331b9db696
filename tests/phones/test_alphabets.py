"""Test the classes of labels in four alphabets against each other and against what phonetics says of single sounds."""

import numpy as np
import pytest

from artinv.phones import alphabets
from artinv.phones.alphabets import rows
from artinv.phones.classes import CLASSES, PHONES, membership
from artinv.runtime.errors import BadData
from artinv.synth.speaker.phones import GLIDING
from artinv.synth.speaker.phones import PHONES as SYNTHETIC

SAME = {
    "P": "p p", "B": "b b", "M": "m m", "TH": "T \u03b8", "DH": "D \u00f0", "S": "s s", "SH": "S \u0283", "ZH": "Z \u0292",
    "CH": "tS t\u0361\u0283", "JH": "dZ d\u0292", "NG": "N \u014b", "K": "k k", "L": "l l", "W": "w w", "Y": "j j", "HH": "h h",
    "IY": "i: i\u02d0", "UW": "u: u\u02d0", "AE": "{ \u00e6", "AA": "A: \u0251\u02d0", "AO": "O: \u0254\u02d0", "AH": "V \u028c",
    "IH": "I \u026a", "UH": "U \u028a", "AY": "aI a\u026a", "AW": "aU a\u028a", "OY": "OI \u0254\u026a", "R": "r\\ \u0279",
}
"""ARPAbet -> X-SAMPA and IPA."""


def classes(row):
    return {CLASSES[at] for at in np.flatnonzero(row)}


@pytest.mark.parametrize(("arpabet", "others"), SAME.items())
def test_the_alphabets_agree_on_english(arpabet, others):
    sampa, ipa = others.split()
    expected = classes(membership([arpabet])[0])
    assert set(alphabets.x_sampa(sampa).split()) >= expected - {"rhotic"}
    assert alphabets.ipa(ipa) == alphabets.x_sampa(sampa)


def test_every_sound_has_known_classes_and_the_synthetic_ones_are_known():
    assert {name for text in alphabets._SAMPA.values() for name in text.split()} <= set(CLASSES)
    names = [*SYNTHETIC, *GLIDING]
    assert np.array_equal(rows(names, "labels"), membership(names))
    assert set(alphabets._IPA.values()) <= set(alphabets._SAMPA)
    assert rows(PHONES, "labels").shape == (40, len(CLASSES))


def test_sounds_that_english_lacks():
    assert classes(rows(["y:", "2:"], "a.lab")[0]) == {"vowel", "high", "front", "round", "voiced"}
    assert classes(rows(["C", "2:"], "a.lab")[0]) == {"fricative", "high", "front"}
    assert classes(rows(["x", "2:"], "a.lab")[0]) == {"fricative", "velar"}
    assert classes(rows(["pf", "2:"], "a.lab")[0]) == {"stop", "labial", "fricative", "labiodental"}


def test_the_labels_of_a_recording_share_an_alphabet():
    assert classes(rows(["s", "ih1"], "a.lab")[0]) == {"fricative", "alveolar"}
    assert classes(rows(["S", "i:"], "a.lab")[0]) == {"fricative", "postalveolar"}
    assert classes(rows(["dh", "ii", "breath"], "a.lab")[1]) == {"vowel", "high", "front", "voiced"}  # MOCHA
    assert classes(rows(["dh", "ii", "breath"], "a.lab")[2]) == {"silence"}
    assert classes(rows(["&p:", "a:"], "a.lab")[0]) == {"silence"}
    assert rows([], "a.lab").shape == (0, len(CLASSES))


def test_an_unknown_label_is_named():
    with pytest.raises(BadData, match=r"a.lab: 'q!' is no phone of ARPAbet, X-SAMPA, MOCHA or IPA, or the labels mix"):
        rows(["k", "ae", "q!"], "a.lab")
