"""Findings, the results of checks, and sessions, the input of checks."""

from collections.abc import Sequence
from dataclasses import dataclass

from artinv.checks.profiles import Profile, SourceProfile
from artinv.corpora.facts import Facts
from artinv.data.clean import CleanParams

ERROR, WARNING, NOTE = "error", "warning", "note"
"""Severities: an error makes results wrong, a warning can make them wrong, a note is not a fault."""

SEVERITIES = (ERROR, WARNING, NOTE)
"""All severities, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one speaker or corpus, with all utterances that have it."""

    corpus: str
    speaker: str = ""  # empty: the whole corpus
    severity: str
    kind: str  # a row of the table in docs/check.md
    count: int = 1  # utterances or files that have the fault
    of: int = 1  # all utterances or files
    what: str  # description with figures
    cure: str
    example: str = ""  # path of a file, relative to the raw folder
    utterances: tuple[str, ...] = ()  # corpus/speaker/name of all that have the fault; empty if files have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Figures of all recordings of one speaker; checks are pure functions that take a Session and yield findings."""

    corpus: Facts
    speaker: str
    synthetic: bool
    params: CleanParams
    sources: tuple[SourceProfile, ...]

    @property
    def profiles(self) -> list[Profile]:
        """The utterances, in recording order."""
        return [profile for source in self.sources for profile in source.profiles]

    def finding(
        self, kind: str, affected: Sequence[Profile | SourceProfile], what: str, cure: str, *, severity: str = ERROR,
        file: str = "motion",
    ) -> Finding:
        """Return a finding about utterances or native files `affected`; `file` (sound, motion or labels) has the fault."""
        of = len(self.sources) if isinstance(affected[0], SourceProfile) else len(self.profiles)
        return Finding(
            corpus=self.corpus.name, speaker=self.speaker, severity=severity, kind=kind, count=len(affected), of=of, what=what,
            cure=cure, example=affected[0].file(file),
            utterances=tuple(
                profile.id for item in affected for profile in (item.profiles if isinstance(item, SourceProfile) else (item,))
            ),
        )
