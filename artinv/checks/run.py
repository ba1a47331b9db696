"""Run all checks on a raw folder; nothing is written into it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

from artinv.checks import clocks, coils, files, foreign, known, labels, shape, sounds
from artinv.checks.finding import NOTE, WARNING, Finding, Session
from artinv.checks.profiles import Profile, SourceProfile, profile_source
from artinv.corpora import facts, readers
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.native.source import Source
from artinv.data.clean import CleanParams
from artinv.runtime import parallel
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.progress import track

OTHERS = ("put other recordings (tables, SSFF, EMU bundles) into a folder own with a file own.yaml (docs/own-recordings.md), "
          "or write a reader (docs/add-a-corpus.md)")
"""Advice for recordings of an unknown corpus."""

CHECKS = (
    files.notes, sounds.rates, sounds.levels, sounds.clipping, clocks.rates, clocks.lengths, clocks.lags, coils.missing, coils.dead,
    coils.lost, coils.leaps, coils.unfit, shape.checks, known.displaced, labels.checks,
    foreign.checks,
)
"""Checks of each speaker with readable recordings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerAmount:
    """Amount of data of a speaker."""

    corpus: str
    speaker: str
    files: int  # native files, or groups of files of one name
    utterances: int
    minutes: float
    sound_rates: tuple[float, ...]  # Hz
    coil_rates: tuple[float, ...]  # Hz


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Result of a check, by corpus and speaker."""

    raw: Path
    synthetic: dict[str, bool] = field(default_factory=dict)
    accounts: list[SpeakerAmount] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def suspicious(self) -> list[Finding]:
        """Findings other than notes."""
        return [finding for finding in self.findings if finding.severity != NOTE]


def check(raw: Path, names: Iterable[str], params: CleanParams, workers: int = 0) -> CheckResult:
    """Check the corpora `names`, or all corpora in the raw folder."""
    result, names = CheckResult(raw=raw), list(names)
    for name in wanted(raw, names):
        _corpus(name, params, workers, result)
    if not names:
        result.findings.extend(unknown_folders(raw))
    return result


def wanted(raw: Path, names: list[str]) -> list[str]:
    """Return the corpora to check."""
    if not raw.is_dir():
        raise BadData(f"{raw}: is no folder; name the folder that contains the folders of the corpora: {facts.names()}")
    for name in names:
        corpus = facts.get(name)
        if not (raw / name).is_dir():
            raise BadParams(f"{raw / name}: is missing; put {corpus.title} there ({corpus.layout}) or omit {name}")
    present = names or [name for name in facts.names() if (raw / name).is_dir()]
    if not present and (folder := raw.resolve()).name in facts.names():
        raise BadData(f"{raw}: is the folder of a corpus; name its parent: {folder.parent} --corpora {folder.name}")
    if not present:
        raise BadData(f"{raw}: holds no corpus; name the folders of corpora {facts.names()}; {OTHERS}")
    return present


def unknown_folders(raw: Path) -> Iterator[Finding]:
    """Report folders in the raw folder that are not corpora."""
    for path in sorted(raw.iterdir()):
        if path.is_dir() and path.name not in facts.names() and not path.name.startswith("."):
            yield Finding(
                corpus=path.name, severity=WARNING, kind="unknown folder", what="is not a corpus of this project",
                example=path.name, cure=f"if it is one of {facts.names()}, rename it; {OTHERS}",
            )


def _corpus(name: str, params: CleanParams, workers: int, result: CheckResult) -> None:
    corpus, raw = facts.get(name), result.raw
    listing, synthetic = readers.get(name).find(raw / name), (raw / name / SYNTHETIC).exists()
    result.synthetic[name] = synthetic
    speakers = list(dict.fromkeys(source.speaker for source in listing.sources))
    empty = list(files.empty(name, raw))
    result.findings.extend([*files.by_name(name, listing, [*corpus.speakers, *speakers]), *empty])
    if not listing.sources:
        result.findings.append(Finding(
            corpus=name, severity="error", kind="no recording", what="holds no usable recording", cure=f"add {corpus.layout}",
        ))
    groups = files.copies(raw, listing)
    copies = frozenset(path.as_posix() for group in groups for path in group)
    owners = {path.relative_to(raw).as_posix(): source.speaker for source in reversed(listing.sources) for path in source.files}
    result.findings.extend(files.duplicates(name, groups, owners, len(owners)))
    profiles: list[Profile] = []
    for speaker, sources in groupby(_profiles(name, raw, params, listing.sources, workers), key=lambda source: source.speaker):
        session = Session(corpus=corpus, speaker=speaker, synthetic=synthetic, params=params, sources=tuple(sources))
        result.accounts.append(_account(session))
        result.findings.extend([*files.unreadable(session, empty_files(raw, session.sources)), *files.excluded(session)])
        if session.profiles:
            result.findings.extend(finding for speaker_check in CHECKS for finding in speaker_check(session))
        profiles += session.profiles
    result.findings.extend(sounds.duplicates(name, profiles, copies))


def _profiles(name: str, raw: Path, params: CleanParams, sources: tuple[Source, ...], workers: int) -> Iterator[SourceProfile]:
    results = parallel.imap(partial(profile_source, name, raw, params), sources, workers)
    return track(results, f"check {name}", len(sources))


def empty_files(raw: Path, sources: Iterable[SourceProfile]) -> frozenset[str]:
    """Return the files of size 0, relative to the raw folder."""
    return frozenset(file for source in sources for file in source.files if (raw / file).stat().st_size == 0)


def _account(session: Session) -> SpeakerAmount:
    profiles = session.profiles
    return SpeakerAmount(
        corpus=session.corpus.name, speaker=session.speaker, files=len(session.sources), utterances=len(profiles),
        minutes=sum(profile.seconds for profile in profiles) / 60,
        sound_rates=tuple(sorted({profile.sound_rate for profile in profiles})),
        coil_rates=tuple(sorted({round(profile.coil_rate, 2) for profile in profiles})),
    )
