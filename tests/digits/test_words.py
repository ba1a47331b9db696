import pytest

from artinv.digits.words import DIGITS, NAMES, digit_of, sentence
from artinv.runtime.errors import BadParams
from artinv.synth.speaker.phones import GLIDING, PHONES


def test_every_digit_consists_of_phones_that_the_synthesizer_has():
    assert DIGITS == 10
    for digit, name in enumerate(NAMES):
        (word,) = sentence(digit).words
        assert word.text == name
        assert {phone.rstrip("012") for phone in word.phones} <= {*PHONES, *GLIDING}
        assert sum(phone.endswith("1") for phone in word.phones) == 1, "one stressed syllable"


def test_a_digit_is_named_by_its_figure_or_its_word():
    assert [digit_of(word) for word in ("0", "9", "zero", "Nine")] == [0, 9, 0, 9]


@pytest.mark.parametrize(("word", "hint"), [
    ("sevn", "did you mean 'seven'"), ("10", "unknown digit '10'"), ("", "unknown digit ''"), ("٣", "unknown digit"),
])
def test_any_other_word_is_reported(word, hint):
    with pytest.raises(BadParams, match=hint):
        digit_of(word)
