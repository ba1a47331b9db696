"""Pronunciations of English words, from the recognizer's dictionary or as the text spells them in brackets."""

import re
from dataclasses import dataclass
from functools import cache

from artinv.phones.classes import PHONES, SILENCE
from artinv.phones.recognizer import model_folder
from artinv.runtime.errors import BadData

_TOKEN = re.compile(r"\[([^\]]*)\]|[^\s\[\]]+")
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and its pronunciations."""

    text: str
    variants: tuple[tuple[str, ...], ...]  # phones as in artinv.phones.classes


@cache
def dictionary() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return word in lower case -> pronunciations."""
    words: dict[str, list[tuple[str, ...]]] = {}
    for line in (model_folder() / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        words.setdefault(_VARIANT.sub("", word), []).append(tuple(phones))
    return {word: tuple(variants) for word, variants in words.items()}


def pronounce(text: str, origin: str) -> tuple[Word, ...]:
    """Return the words of a text; `origin` names it in messages. `[HH EH L OW]` is a word that is spelled by its phones.

    >>> pronounce("[k ae t]", "text")
    (Word(text='k ae t', variants=(('K', 'AE', 'T'),)),)
    """
    words = []
    for match in _TOKEN.finditer(text):
        if match[1] is not None:
            words.append(Word(match[1], (_spelled(match[1], origin),)))
        elif plain := _plain(match[0]):
            words += [Word(part, _looked_up(part, origin)) for part in _parts(plain)]
    if not words:
        raise BadData(f"{origin}: holds no words; write what is said in the recording")
    return tuple(words)


def _plain(token: str) -> str:
    r"""Return a token in lower case without punctuation around it.

    >>> _plain("'Hello,'"), _plain("don\u2019t!"), _plain("--")
    ('hello', "don't", '')
    """
    return re.sub(r"^[^\w]+|[^\w]+$", "", token.replace("\u2019", "'")).lower()


def _parts(word: str) -> list[str]:
    """Return a word as it stands in the dictionary, or else its parts between hyphens."""
    return [word] if word in dictionary() else [part for part in word.split("-") if part]


def _looked_up(word: str, origin: str) -> tuple[tuple[str, ...], ...]:
    if variants := dictionary().get(word):
        return variants
    raise BadData(f"{origin}: '{word}' is not in the dictionary; write its sounds in its place, as in [HH AH L OW]")


def _spelled(phones: str, origin: str) -> tuple[str, ...]:
    found = tuple(re.sub(r"\d", "", phone).upper() for phone in phones.split())
    if wrong := sorted(set(found) - set(PHONES) | ({SILENCE} & set(found))):
        raise BadData(f"{origin}: '{wrong[0]}' is not a phone; expected some of {' '.join(PHONES[:-1])}")
    if not found:
        raise BadData(f"{origin}: an empty pair of brackets; write the sounds of a word in it, as in [HH AH L OW]")
    return found
