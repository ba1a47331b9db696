"""Reading lists of synthetic speakers: half of the sentences are English words in frames, half are mostly pseudo-words.

Pseudo-words prevent a model from relying on a known vocabulary. Each sequence of sounds has exactly one spelling, so equal text
means equal speech, and the text of a sentence identifies it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from artinv.synth.speaker.phones import GLIDING, PHONES, SYLLABIC

T = TypeVar("T")

_WORDS = {
    "determiner": """
the:dh ah0|a:ah0|this:dh ih1 s|that:dh ae1 t|my:m ay1|your:y ao1 r|his:hh ih1 z|her:hh er1|our:aw1 er0|some:s ah1 m|each:iy1 ch
no:n ow1|both:b ow1 th""",
    "adjective": """
old:ow1 l d|new:n uw1|small:s m ao1 l|big:b ih1 g|red:r eh1 d|green:g r iy1 n|blue:b l uw1|warm:w ao1 r m|cold:k ow1 l d
quick:k w ih1 k|slow:s l ow1|bright:b r ay1 t|thin:th ih1 n|young:y ah1 ng|quiet:k w ay1 ah0 t|yellow:y eh1 l ow0|happy:hh ae1 p iy0
fresh:f r eh1 sh|strange:s t r ey1 n jh|large:l aa1 r jh""",
    "noun": """
dog:d ao1 g|cat:k ae1 t|bird:b er1 d|fish:f ih1 sh|ship:sh ih1 p|garden:g aa1 r d ah0 n|river:r ih1 v er0|mountain:m aw1 n t ah0 n
winter:w ih1 n t er0|summer:s ah1 m er0|teacher:t iy1 ch er0|doctor:d aa1 k t er0|farmer:f aa1 r m er0|window:w ih1 n d ow0
table:t ey1 b ah0 l|paper:p ey1 p er0|money:m ah1 n iy0|music:m y uw1 z ih0 k|picture:p ih1 k ch er0|village:v ih1 l ah0 jh
morning:m ao1 r n ih0 ng|evening:iy1 v n ih0 ng|brother:b r ah1 dh er0|sister:s ih1 s t er0|boat:b ow1 t|shoe:sh uw1|house:hh aw1 s
cup:k ah1 p|book:b uh1 k|cookie:k uh1 k iy0|sugar:sh uh1 g er0|voice:v oy1 s|boy:b oy1|coin:k oy1 n|cheese:ch iy1 z|judge:jh ah1 jh
thing:th ih1 ng|king:k ih1 ng|measure:m eh1 zh er0|tooth:t uw1 th|leaf:l iy1 f|wave:w ey1 v|vision:v ih1 zh ah0 n
zebra:z iy1 b r ah0|engine:eh1 n jh ah0 n|apple:ae1 p ah0 l|oil:oy1 l|road:r ow1 d|key:k iy1|goose:g uw1 s|father:f aa1 dh er0
mother:m ah1 dh er0|lawyer:l ao1 y er0|hat:hh ae1 t|pool:p uw1 l|lamb:l ae1 m|song:s ao1 ng""",
    "verb": """
found:f aw1 n d|took:t uh1 k|saw:s ao1|made:m ey1 d|gave:g ey1 v|likes:l ay1 k s|wants:w aa1 n t s|needs:n iy1 d z|bought:b ao1 t
moved:m uw1 v d|pushed:p uh1 sh t|pulled:p uh1 l d|watched:w aa1 ch t|helped:hh eh1 l p t|painted:p ey1 n t ah0 d
followed:f aa1 l ow0 d|carried:k eh1 r iy0 d|washed:w aa1 sh t|chose:ch ow1 z|threw:th r uw1|shook:sh uh1 k|joined:jh oy1 n d
enjoyed:eh0 n jh oy1 d|kept:k eh1 p t|lost:l ao1 s t|used:y uw1 z d|showed:sh ow1 d""",
    "preposition": """
near:n ih1 r|under:ah1 n d er0|behind:b ah0 hh ay1 n d|with:w ih1 dh|for:f ao1 r|before:b ah0 f ao1 r|beyond:b iy0 aa1 n d
across:ah0 k r ao1 s|into:ih1 n t uw0|from:f r ah1 m""",
    "adverb": """
today:t ah0 d ey1|again:ah0 g eh1 n|slowly:s l ow1 l iy0|outside:aw0 t s ay1 d|together:t ah0 g eh1 dh er0
yesterday:y eh1 s t er0 d ey0|always:ao1 l w ey0 z|early:er1 l iy0""",
}
_FRAMES = (
    "determiner adjective noun verb determiner noun",
    "determiner noun verb determiner adjective noun",
    "determiner noun verb determiner noun preposition determiner noun",
    "adverb determiner noun verb determiner noun",
    "determiner adjective noun verb determiner adjective noun adverb",
)
_FUNCTION_CLASSES = ("determiner", "preposition")

_CLUSTERS = {
    "onset": "p b t d k g m n l r w y hh f v th dh s z sh ch jh p|l b|l k|l g|l f|l s|l p|r b|r t|r d|r k|r g|r f|r th|r "
             "s|p s|t s|k s|m s|n s|w t|w k|w",
    "coda": "p t d k g m n ng l r f v th s z sh ch jh n|t n|d s|t m|p ng|k l|d r|t r|n k|s t|s n|z",
}
_REDUCED = ("ah", "er", "iy", "ih")

_SPELLING = {
    "iy": "ee", "ih": "i", "eh": "e", "ae": "a", "aa": "oh", "ao": "aw", "uh": "u", "uw": "oo", "ah": "uh", "er": "ur",
    "ey": "ai", "ay": "ie", "ow": "oa", "aw": "ou", "oy": "oi", "hh": "h", "jh": "j",
}
"""Phone -> letters; any other phone is spelled by its own name."""
_SYMBOLS = frozenset(_SPELLING.get(phone, phone) for phone in (*PHONES, *GLIDING))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence."""

    text: str
    phones: tuple[str, ...]  # lower-case ARPAbet, vowels with a stress digit
    function: bool  # short, without an accent


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a reading list."""

    text: str
    words: tuple[Word, ...]


def _read_words(kind: str) -> tuple[Word, ...]:
    entries = _WORDS[kind].strip().replace("\n", "|").split("|")
    pairs = (entry.split(":") for entry in entries)
    return tuple(Word(text, tuple(phones.split()), kind in _FUNCTION_CLASSES) for text, phones in pairs)


LEXICON = {kind: _read_words(kind) for kind in _WORDS}
"""Word class -> its words."""


def sentence(reading_list: str, number: int) -> Sentence:
    """Return sentence `number` of a reading list; it depends on these two arguments only."""
    rng = np.random.default_rng(zlib.crc32(f"{reading_list}/{number}".encode()))
    words = _framed(rng) if rng.random() < 0.5 else _invented(rng)
    text = " ".join(word.text for word in words)
    return Sentence(f"{text[0].upper()}{text[1:]}.", tuple(words))


def spell(phones: tuple[str, ...]) -> str:
    """Return the spelling of a sequence of phones; different sequences have different spellings.

    An apostrophe stands between two letters, such as s and h, that would otherwise be read as one sound.

    >>> spell(("s", "hh", "iy1")), spell(("sh", "iy1"))
    ("s'hee", 'shee')
    """
    letters = ""
    for phone in phones:
        sound = phone.rstrip("012")
        symbol = _SPELLING.get(sound, sound)
        letters += f"'{symbol}" if letters and letters[-1] + symbol[0] in _SYMBOLS else symbol
    return letters


def _framed(rng: np.random.Generator) -> list[Word]:
    frame = _pick(rng, _FRAMES).split()
    return [_pick(rng, LEXICON[kind]) for kind in frame]


def _invented(rng: np.random.Generator) -> list[Word]:
    count = rng.integers(4, 8)
    return [_pick(rng, LEXICON["determiner"]) if rng.random() < 0.2 else _pseudo_word(rng) for _ in range(count)]


def _pseudo_word(rng: np.random.Generator) -> Word:
    """Return a word of one to three syllables with English onsets and codas and stress on the first syllable."""
    phones: list[str] = []
    syllables = rng.choice([1, 2, 3], p=[0.5, 0.38, 0.12])
    for syllable in range(syllables):
        if rng.random() < 0.88:
            phones += _pick(rng, _CLUSTERS["onset"].split()).split("|")
        full = syllable == 0 or rng.random() < 0.6
        phones.append(_pick(rng, SYLLABIC if full else _REDUCED) + ("1" if syllable == 0 else "0"))
        if rng.random() < (0.62 if syllable == syllables - 1 else 0.2) or len(phones) == syllables == 1:
            phones += _pick(rng, _CLUSTERS["coda"].split()).split("|")
    return Word(spell(tuple(phones)), tuple(phones), function=False)


def _pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]
