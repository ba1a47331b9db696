"""What a check says, and whom it says it of."""

from collections.abc import Sequence
from dataclasses import dataclass

from artinv.checks.look import Look, Seen
from artinv.corpora.facts import Facts
from artinv.data.clean import CleanParams

ERROR, WARNING, NOTE = "error", "warning", "note"
"""What makes results wrong; what may; what is worth knowing and no fault."""

SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one speaker or corpus, over all utterances that have it."""

    corpus: str
    speaker: str = ""  # empty: the corpus as a whole
    severity: str
    kind: str  # a row of the table in docs/check.md
    count: int = 1  # utterances or files that have it
    of: int = 1  # utterances or files there are
    what: str  # with figures
    cure: str
    example: str = ""  # a file, relative to the raw folder
    utterances: tuple[str, ...] = ()  # corpus/speaker/name of all that have it; none where files are the culprits


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All that was read of one speaker; checks are pure functions Session -> findings."""

    corpus: Facts
    speaker: str
    synthetic: bool
    params: CleanParams
    sources: tuple[Seen, ...]

    @property
    def looks(self) -> list[Look]:
        """The utterances, in recording order."""
        return [look for source in self.sources for look in source.looks]

    def finding(
        self, kind: str, where: Sequence[Look | Seen], what: str, cure: str, *, severity: str = ERROR, file: str = "motion",
    ) -> Finding:
        """A finding about some utterances or native files, whose `file` (sound, motion or labels) is the culprit."""
        of = len(self.sources) if isinstance(where[0], Seen) else len(self.looks)
        return Finding(
            corpus=self.corpus.name, speaker=self.speaker, severity=severity, kind=kind, count=len(where), of=of, what=what,
            cure=cure, example=where[0].file(file),
            utterances=tuple(look.id for one in where for look in (one.looks if isinstance(one, Seen) else (one,))),
        )
