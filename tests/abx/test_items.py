"""Mapping of labels to phones, and selection of tokens."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from artinv.abx.items import Token, draw, tokens_of
from artinv.core.records import Label
from artinv.corpora.writers import mngu0, mocha
from artinv.phones.corpora import PAUSE, coils_can_show, phone_of
from artinv.synth.speaker.phones import GLIDING, PHONES
from tests.support import toys
from tests.support.abx_toys import said


@pytest.mark.parametrize(("corpus", "native"), [("mocha", mocha.PHONES), ("mngu0", mngu0.PHONES)])
def test_native_labels_map_back_to_phones(corpus, native):
    names = {*PHONES, *GLIDING} - {"sil"}
    assert len(names) >= 39
    assert all(phone_of(corpus, native.get(name, name)) == name for name in names)
    assert phone_of(corpus, native.get("sil", "sil")) == ""
    assert phone_of(corpus, "@") == "ax"


def test_case_of_labels_matters_in_some_corpora_only():
    assert [phone_of("mngu0", label) for label in "sSnN"] == ["s", "sh", "n", "ng"]
    assert phone_of("hprc", "SH") == phone_of("usc", "sh") == "sh"
    assert phone_of("mocha", "uh") == phone_of("usc", "ah") == phone_of("hprc", "AH0") == "ah"


def test_unknown_labels_are_kept_separate_by_corpus():
    assert phone_of("mocha", "ow") != phone_of("usc", "ow") == "ow"
    assert phone_of("newcorpus", "S") != phone_of("newcorpus", "s")
    assert " " not in phone_of("hprc", "a b")
    assert {phone_of("newcorpus", text) for text in ("sil", "SP", "#", "", " breath ")} == {""}


def test_contrasts_that_coils_can_show():
    assert not any(coils_can_show(*pair, velum=True) for pair in ("pb", "bp", "sz", "kg", "td", "fv"))
    assert not coils_can_show("ng", "g", velum=False)
    assert not coils_can_show("n", "t", velum=False)
    assert all(coils_can_show(*pair, velum=False) for pair in ("pt", "mn", "sf", "bk"))


@pytest.mark.parametrize("rate", [50.0, 100.0, 125.0])
def test_a_token_holds_the_frames_within_its_inclusive_label_times(rate):
    times = np.round(np.cumsum(np.random.default_rng(1).integers(1, 30, 40)) / 200, 3)  # often on a frame, often not
    length = int(times[-1] * rate) - 3  # the last label ends after the last frame
    frames = toys.frames(length=length, phones=tuple(Label(f"P{'AB'[k % 2]}", a, b) for k, (a, b) in
                                                     enumerate(pairwise(times))), rate=rate)
    expected = []
    for label in frames.phones:
        start, end = (Fraction(str(time)) for time in (label.start, label.end))
        inside = [k for k in range(length) if start <= Fraction(k) / Fraction(rate) <= end]
        expected += [(inside[0], inside[-1])] if inside else []
    assert [(token.first, token.last) for token in tokens_of(frames)] == expected


def test_neighbours_next_to_silence_are_pauses():
    tokens = tokens_of(said(phones=("sp", "AA1", "T", "sp", "D")))
    assert [(token.before, token.phone, token.after) for token in tokens] == [
        (PAUSE, "aa", "t"), ("aa", "t", PAUSE), (PAUSE, "d", PAUSE)]
    assert tokens_of(replace(said(), phones=())) == []


def many(speaker, number=30):
    return [Token(f"hprc/{speaker}/{k:03d}", f"hprc/{speaker}", "at"[k % 2], "sil", "ks"[k % 3 == 0], 0, k) for k in range(number)]


def test_tokens_drawn_for_a_speaker_do_not_depend_on_other_speakers():
    alone = draw(many("F01"), 5, 0, context=False)
    together = draw([*many("M01"), *many("F01")], 5, 0, context=False)
    assert [token for token in together if token.speaker == "hprc/F01"] == alone
    assert {phone: sum(token.phone == phone for token in alone) for phone in "at"} == {"a": 5, "t": 5}
    assert draw(many("F01"), 5, 1, context=False) != alone
    assert len(draw(many("F01"), 5, 0, context=True)) == 20
    assert draw(many("F01"), 15, 0, context=False) == many("F01")
