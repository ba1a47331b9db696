"""Ids of speakers and utterances: text with named parts, unique over all corpora."""

from collections.abc import Iterable
from typing import Self


class SpeakerId(str):
    """`corpus/speaker`.

    >>> speaker = SpeakerId("hprc/F01")
    >>> speaker.corpus, speaker.name
    ('hprc', 'F01')
    """

    __slots__ = ()

    @property
    def corpus(self) -> str:
        """Return the name of the corpus."""
        return self.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the name of the speaker within the corpus."""
        return self.partition("/")[2]


class UtteranceId(str):
    """`corpus/speaker/name`.

    >>> utterance = UtteranceId("hprc/F01/F01_B01_S01_R01_N")
    >>> utterance.speaker, utterance.name
    ('hprc/F01', 'F01_B01_S01_R01_N')
    """

    __slots__ = ()

    @classmethod
    def of(cls, corpus: str, speaker: str, name: str) -> Self:
        """Return the id of an utterance."""
        return cls(f"{corpus}/{speaker}/{name}")

    @property
    def speaker(self) -> SpeakerId:
        """Return the id of the speaker."""
        return SpeakerId(self.rpartition("/")[0])

    @property
    def name(self) -> str:
        """Return the name of the utterance within its speaker's."""
        return self.rpartition("/")[2]


def by_number(names: Iterable[str]) -> list[str]:
    """Return names of synthetic speakers in the order of their numbers, so that parts of the list hold women and men.

    >>> by_number(["F0000", "F0002", "M0001", "M0003"])
    ['F0000', 'M0001', 'F0002', 'M0003']
    """
    return sorted(names, key=lambda name: name[1:])
