"""Assign utterances to the train, valid or test part, by a fixed rule that depends only on the utterance itself."""

import hashlib

from artinv.core.records import Utterance

TRAIN, VALID = 70, 10
"""Percent of all sentences; the remaining ones are the test part."""


def part_of(utterance: Utterance) -> str:
    """Return the official part of the corpus, otherwise that of the sentence, which all its takes, rates and speakers share."""
    return utterance.part or part_of_sentence(utterance.sentence)


def part_of_sentence(sentence: str) -> str:
    """Return the part by a hash of the words: 70 % train, 10 % valid, 20 % test.

    >>> part_of_sentence("this was easy for us")
    'train'
    """
    digest = hashlib.sha1(sentence.encode(), usedforsecurity=False).digest()
    draw = int.from_bytes(digest[:8], "big") % 100
    return "train" if draw < TRAIN else "valid" if draw < TRAIN + VALID else "test"
