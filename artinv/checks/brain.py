"""Check recordings of the brain for the neighbour `neural`: .h5 files, or folders of BIDS-iEEG with NWB."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from artinv.checks import report
from artinv.checks.finding import NOTE, WARNING, Finding
from artinv.checks.run import CheckResult
from artinv.core.text import aligned
from artinv.corpora import facts
from artinv.neural.bids import ENDING, FOLDERS
from artinv.neural.recording import ENDINGS, RATE, read
from artinv.runtime.errors import BadData

NAME = "neural"
"""Column `corpus` of the findings."""

NOISY = 2.5
"""Variability of an electrode relative to the median of all, above which it is reported as noisy."""

BURST, SHARE = 5.0, 0.5
"""An artefact: frames in which this share of the electrodes is so many robust standard deviations above its median."""

LEAST_SPREAD = 0.02
"""Least robust standard deviation relative to the median for artefacts; real envelopes vary far more."""

SOFT = 1e-3
"""Root mean square of the sound below which it is reported as silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainAmount:
    """Amount of data of a recording."""

    path: str
    subject: str
    electrodes: int
    bad: int
    minutes: float
    trials: int
    words: int
    grid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainResult:
    """Result of a check of recordings of the brain."""

    raw: Path
    amounts: list[BrainAmount] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # one line for each recording that cannot be read

    @property
    def suspicious(self) -> list[Finding]:
        """Findings other than notes."""
        return [finding for finding in self.findings if finding.severity != NOTE]


def recordings(raw: Path) -> list[Path]:
    """Return the recordings of the brain that a path names or holds; none if it holds a corpus of articulation."""
    if raw.suffix.lower() in ENDINGS and not raw.is_dir():
        return [raw]
    if not raw.is_dir() or any((raw / name).is_dir() for name in facts.names()):
        return []
    files = [path for path in raw.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()]
    folders = {path.parent for above in FOLDERS for path in raw.glob(f"{above}*{ENDING}")}
    return sorted([*files, *folders])


def check(raw: Path, paths: Iterable[Path]) -> BrainResult:
    """Read and check recordings; one that cannot be read becomes a fault."""
    result = BrainResult(raw=raw)
    for path in paths:
        try:
            recording = read(path)
        except BadData as error:
            result.faults.append(str(error))
            continue
        result.amounts.append(BrainAmount(
            path=str(path), subject=recording.subject, electrodes=len(recording.channels), bad=len(recording.bad),
            minutes=recording.frames / recording.rate / 60, trials=len(recording.trials), words=len(recording.words),
            grid=recording.places is not None,
        ))
        found = Found(_place(raw, path), recording.subject, recording.channels)
        good = np.array([electrode not in recording.bad for electrode in range(len(recording.channels))])
        result.findings.extend([
            *electrodes(found, recording.signals, good), *artefacts(found, recording.signals[:, good]),
            *sound(found, recording.sound), *trials(found, [trial.word for trial in recording.trials]),
        ])
    return result


def _place(raw: Path, path: Path) -> str:
    """Return the path of a recording below what is checked; the name where it is itself checked.

    >>> _place(Path("all"), Path("all/sub-1/ieeg")), _place(Path("all/S1.h5"), Path("all/S1.h5"))
    ('sub-1/ieeg', 'S1.h5')
    """
    return raw.name if path == raw else path.relative_to(raw).as_posix()


@dataclass(frozen=True, slots=True)
class Found:
    """Where a finding lies."""

    example: str
    subject: str
    channels: tuple[str, ...]

    def finding(self, kind: str, what: str, cure: str, *, count: int = 1, of: int = 1, severity: str = WARNING) -> Finding:
        """Return a finding of this recording."""
        return Finding(corpus=NAME, speaker=self.subject, severity=severity, kind=kind, count=count, of=of, what=what, cure=cure,
                       example=self.example)


def electrodes(found: Found, signals: np.ndarray, good: np.ndarray) -> Iterator[Finding]:
    """Report electrodes that never change, and those that change far more than the others."""
    spread, mean = signals.std(0, dtype=np.float64), np.abs(signals).mean(0, dtype=np.float64)
    dead = good & (spread <= 1e-6 * np.maximum(mean, 1e-30))
    if dead.any():
        yield found.finding(
            "dead electrode", f"{named(found, dead)} never changes", "mark it as bad (docs/neural-data.md)",
            count=int(dead.sum()), of=len(good))
    live = good & ~dead
    if live.sum() < 2:
        return
    ratio = spread / np.maximum(mean, 1e-30)
    noisy = live & (ratio > NOISY * np.median(ratio[live]))
    if noisy.any():
        most = float(ratio[noisy].max() / np.median(ratio[live]))
        yield found.finding(
            "noisy electrode", f"{named(found, noisy)} varies up to {most:.1f} times as much as the median electrode",
            "look at its voltage; mark it as bad if its contact is poor", count=int(noisy.sum()), of=len(good))


def artefacts(found: Found, signals: np.ndarray) -> Iterator[Finding]:
    """Report times in which most electrodes burst together."""
    if not signals.size:
        return
    middle = np.median(signals, 0)
    spread = 1.4826 * np.median(np.abs(signals - middle), 0)
    burst = (signals > middle + BURST * np.maximum(spread, LEAST_SPREAD * np.abs(middle))).mean(1) > SHARE
    if burst.any():
        starts = np.flatnonzero(np.diff(np.r_[False, burst].astype(int)) == 1)
        yield found.finding(
            "artefact", f"most electrodes burst together {len(starts)} times, first at {starts[0] / RATE:.1f} s",
            "leave out the trials at these times, or repair the voltage", count=int(burst.sum()), of=len(signals))


def sound(found: Found, samples: np.ndarray) -> Iterator[Finding]:
    """Report sound without speech."""
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    if level < SOFT:
        what = f"the root mean square of the sound is {level:.1e}"
        yield found.finding("silent sound", what, "take the channel of the microphone")


def trials(found: Found, words: list[str]) -> Iterator[Finding]:
    """Report a recording without trials; note words that are spoken once."""
    if not words:
        yield found.finding("no trial", "the recording has no trial", "add the words and their times (docs/neural-data.md)")
    once = sorted(word for word in set(words) if words.count(word) == 1)
    if once:
        yield found.finding("single take", f"'{once[0]}' is spoken once", "none is needed",
                            count=len(once), of=len(set(words)), severity=NOTE)


def named(found: Found, chosen: np.ndarray) -> str:
    """Return the name of the first chosen electrode, and how many more there are."""
    first, *rest = np.flatnonzero(chosen)
    return f"{found.channels[first]}{f' and {len(rest)} more' if rest else ''}"


def text(result: BrainResult) -> str:
    """Return amounts and findings as text."""
    rows = [[amount.subject, *map(str, (amount.electrodes, amount.bad, f"{amount.minutes:.1f}", amount.trials, amount.words)),
             "yes" if amount.grid else "no"] for amount in result.amounts]
    head = ["subject", "electrodes", "bad", "minutes", "trials", "words", "grid"]
    found = report.text(findings_alone(result)).partition("\n")[2].lstrip("\n")
    lines = aligned([head, *rows]) if rows else []
    return "\n".join([f"{result.raw}: recordings of the brain {len(rows)}, unreadable {len(result.faults)}", *lines, "", found])


def findings_alone(result: BrainResult) -> CheckResult:
    """Return the findings as a result of corpora has them, for text, table and JSON."""
    return CheckResult(raw=result.raw, findings=result.findings)


def content(result: BrainResult) -> dict:
    """Return amounts and findings as a dict for JSON."""
    shared = report.content(findings_alone(result))
    return shared | {"recordings": [asdict(amount) for amount in result.amounts], "faults": result.faults}
