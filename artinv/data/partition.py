"""Which part of its speaker an utterance belongs to: a stable rule that looks at nothing but the utterance itself."""

import hashlib

from artinv.core.records import Utterance

TRAIN, VALID = 70, 10
"""Percent of all sentences; the rest is the test part."""


def part_of(utterance: Utterance) -> str:
    """The corpus' official part, else one drawn from the sentence: all takes, rates and speakers of it share one part."""
    return utterance.part or part_of_sentence(utterance.sentence)


def part_of_sentence(sentence: str) -> str:
    """70 % train, 10 % valid, 20 % test, by a hash of the words.

    >>> part_of_sentence("this was easy for us")
    'train'
    """
    digest = hashlib.sha1(sentence.encode(), usedforsecurity=False).digest()
    draw = int.from_bytes(digest[:8], "big") % 100
    return "train" if draw < TRAIN else "valid" if draw < TRAIN + VALID else "test"
