"""Test the classes of labels in four alphabets against each other and against what phonetics says of single sounds."""

import numpy as np
import pytest

from artinv.core.records import Label
from artinv.phones import alphabets
from artinv.phones.alphabets import one_sound_each
from artinv.phones.classes import CLASSES, PHONES, membership, rows_of
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




def table(labels, origin="a.lab"):
    return dict(zip(labels, alphabets.classes(labels, origin), strict=True))


def names(text):
    return set(text.split())


@pytest.mark.parametrize(("arpabet", "others"), SAME.items())
def test_the_alphabets_agree_on_english(arpabet, others):
    sampa, letters = others.split()
    expected = {CLASSES[at] for at in np.flatnonzero(membership([arpabet])[0])}
    assert names(alphabets.x_sampa([sampa])[sampa]) >= expected - {"rhotic"}
    assert alphabets.ipa([letters])[letters] == alphabets.x_sampa([sampa])[sampa]


def test_english_phones_of_two_sounds_have_one_row_in_all_alphabets():
    pairs = {"CH": "tS", "JH": "dZ", "AY": "aI", "AW": "aU", "OY": "OI", "OW": "@U", "EY": "eI"}
    for arpabet, sampa in pairs.items():
        labels = (Label(arpabet, 0.0, 0.1),), (Label(sampa, 0.0, 0.1), Label("D", 0.1, 0.2))
        (one, row), (both, rows) = (one_sound_each(each, "labels") for each in labels)
        assert len(one) == 1
        assert len(both) == 2
        assert np.array_equal(row[0], rows[0])


def test_the_synthetic_phones_are_known():
    spoken = [Label(name, 0.0, 0.1) for name in (*SYNTHETIC, *GLIDING)]
    parts, rows = one_sound_each(spoken, "labels")
    assert parts == tuple(spoken)
    assert np.array_equal(rows, membership([label.text for label in spoken]))
    assert alphabets.classes(PHONES, "labels")


def test_sounds_in_turn_divide_their_label():
    labels = [Label("ts", 0.0, 0.2), Label("I@", 0.2, 0.3), Label("OY", 0.3, 0.4), Label("y:", 0.4, 0.5)]
    parts, rows = one_sound_each(labels, "a.lab")
    assert [(part.text, part.start) for part in parts] == [
        ("ts", 0.0), ("ts", 0.1), ("I@", 0.2), ("I@", 0.25), ("OY", 0.3), ("y:", 0.4)]
    assert [part.end for part in parts] == [*(part.start for part in parts[1:]), 0.5]
    assert np.array_equal(rows[:4], membership(["T", "S", "IH", "AH"]))
    assert table(["pf", "y:"])["pf"] == "stop labial>fricative labiodental"
    assert table(["OU", "y:"])["OU"].count(">") == 1  # not the vowel of `boy`
    assert alphabets.x_sampa(["th"])["th"] is None  # a stop with aspiration has the mark _h


def test_a_nasal_vowel_is_the_vowel_with_a_low_velum():
    nasal, row = CLASSES.index("nasal"), rows_of([table(["a~", "E~", "9~", "s"])["E~"]])[0]
    assert row[nasal] == 0.5
    assert np.array_equal(np.delete(row, nasal), np.delete(membership(["EH"])[0], nasal))
    assert table(["\u025b\u0303", "\u0292"])["\u025b\u0303"] == table(["E~", "Z"])["E~"]
    assert table(["\u00e3", "\u0292"])["\u00e3"] == table(["a~", "Z"])["a~"]  # one letter with its tilde
    assert table(["n~", "E"])["n~"] == table(["n", "E"])["n"]


def test_the_labels_of_a_recording_share_an_alphabet():
    assert table(["s", "ih1"])["s"] == "fricative alveolar"
    assert table(["S", "i:"])["S"] == "fricative postalveolar"
    assert names(table(["dh", "ii", "breath"])["ii"]) == {"vowel", "high", "front", "voiced"}  # MOCHA
    assert table(["dh", "ii", "breath"])["breath"] == table(["&p:", "a:"])["&p:"] == "silence"
    for vowel in ("&", "&:"):
        assert names(table([vowel, "2:"])[vowel]) == {"vowel", "low", "front", "round", "voiced"}
    assert one_sound_each([], "a.lab")[1].shape == (0, len(CLASSES))


def test_composed_and_decomposed_letters_are_one_sound():
    for composed, decomposed in (("\u00e7", "c\u0327"), ("\u00e3", "a\u0303"), ("\u01e3", "\u00e6\u0304")):
        first, second = alphabets.ipa([composed])[composed], alphabets.ipa([decomposed])[decomposed]
        assert first == second is not None
    assert alphabets.ipa(["c\u0327"])["c\u0327"] == alphabets.x_sampa(["C"])["C"]


def test_the_labels_show_the_language():
    english, german = table(["r", "u:", "e", "D"]), table(["r", "u:", "e:", "6", "Q"])
    assert english["r"] == table(["R", "IH0"])["R"]
    assert german["r"] == table(["R", "6"])["R"] != english["r"]
    assert german["Q"] == table(["?", "6"])["?"]
    assert names(english["u:"]) == names(table(["UW0"])["UW0"])
    assert german["u:"] != english["u:"]
    assert rows_of([german["e:"]])[0, CLASSES.index("high")] == 0.5
    assert table(["\u0281", "y", "u"])["u"] == german["u:"]  # French
    assert table(["r", "y"])["r"] == english["r"]  # Swedish or Dutch: the tip of the tongue


def test_an_unknown_label_is_named():
    with pytest.raises(BadData, match=r"a.lab: 'q!' is no phone of ARPAbet, X-SAMPA, MOCHA or IPA, or the labels mix"):
        alphabets.classes(["k", "ae", "q!"], "a.lab")
