"""The ten digits: their names, and how a synthetic speaker pronounces them."""

from artinv.runtime.errors import BadParams, expected
from artinv.synth.speaker.lexicon import Sentence, Word

_PRONUNCIATIONS = {
    "zero": "z ih1 r ow0", "one": "w ah1 n", "two": "t uw1", "three": "th r iy1", "four": "f ao1 r", "five": "f ay1 v",
    "six": "s ih1 k s", "seven": "s eh1 v ah0 n", "eight": "ey1 t", "nine": "n ay1 n",
}
"""Word -> its phones (ARPAbet, vowels with a stress digit)."""

NAMES = tuple(_PRONUNCIATIONS)
"""The words; their position is the digit."""

DIGITS = len(NAMES)


def sentence(digit: int) -> Sentence:
    """Return the sentence that consists of one digit.

    >>> sentence(7).words[0].phones
    ('s', 'eh1', 'v', 'ah0', 'n')
    """
    name = NAMES[digit]
    return Sentence(name, (Word(name, tuple(_PRONUNCIATIONS[name].split()), function=False),))


def digit_of(word: str) -> int:
    """Return the digit that a word or a figure names.

    >>> digit_of("seven"), digit_of("7")
    (7, 7)
    """
    figures = [str(digit) for digit in range(DIGITS)]
    for names in (figures, NAMES):
        if word.lower() in names:
            return list(names).index(word.lower())
    raise BadParams(f"unknown digit '{word}'; {expected(word, [*figures, *NAMES])}")
