"""Test texts and their pronunciations, with a dictionary of two words."""

import pytest

from artinv.phones import pronunciation
from artinv.phones.pronunciation import dictionary, pronounce
from artinv.runtime.errors import BadData


@pytest.fixture(autouse=True)
def _words(monkeypatch):
    known = {"the": (("DH", "AH"), ("DH", "IY")), "cat": (("K", "AE", "T"),), "o'clock": (("AH", "K", "L", "AA", "K"),)}
    monkeypatch.setattr(pronunciation, "dictionary", lambda: known)


def test_the_dictionary_joins_the_pronunciations_of_a_word(monkeypatch, tmp_path):
    (tmp_path / "cmudict-en-us.dict").write_text("a AH\na(2) EY\no'clock AH K L AA K\n")
    monkeypatch.setattr(pronunciation, "model_folder", lambda: tmp_path)
    assert dictionary.__wrapped__() == {"a": (("AH",), ("EY",)), "o'clock": (("AH", "K", "L", "AA", "K"),)}


def test_words_have_all_their_pronunciations():
    found = pronounce("  The cat -- o\u2019clock! ", "a.txt")
    assert [word.text for word in found] == ["the", "cat", "o'clock"]
    assert found[0].variants == (("DH", "AH"), ("DH", "IY"))


def test_parts_between_hyphens_are_words():
    assert [word.text for word in pronounce("cat-the", "a.txt")] == ["cat", "the"]


def test_a_word_in_brackets_is_spelled_by_its_phones():
    assert pronounce("the [z ae1 p]", "a.txt")[1].variants == (("Z", "AE", "P"),)


def test_a_message_names_the_first_wrong_phone_and_all_phones_but_silence():
    with pytest.raises(BadData, match="'DG' is not a phone") as fault:
        pronounce("[k dg og]", "a.txt")
    listed = str(fault.value).partition("expected some of ")[2].split()
    assert (len(listed), listed[0], listed[-1]) == (39, "AA", "ZH")


@pytest.mark.parametrize(("text", "message"), [
    ("the dog", r"a.txt: 'dog' is not in the dictionary; write its sounds in its place"),
    ("the [d og]", r"a.txt: 'OG' is not a phone; expected some of AA AE"),
    ("the []", r"a.txt: an empty pair of brackets"),
    ("the [SIL]", r"a.txt: 'SIL' is not a phone"),
    (" -- ", r"a.txt: holds no words; write what is said"),
])
def test_a_bad_text_is_refused_with_the_word_and_the_cure(text, message):
    with pytest.raises(BadData, match=message):
        pronounce(text, "a.txt")
