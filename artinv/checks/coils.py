"""Checks of coils: missing, constant or equal coils, and lost or false samples."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from artinv.checks.finding import ERROR, WARNING, Finding, Session
from artinv.checks.profiles import Profile
from artinv.checks.shape import judge
from artinv.core.channels import COILS

DEAD_MM = 0.05
"""Standard deviation within an utterance, of both axes, in mm, below which a coil does not move."""

SAME_MM = 0.5
"""Least distance of two coils in mm; real coils are never closer."""

LOST, LOST_HERE = 0.05, 0.5
"""Reported share of lost samples of a coil, over a speaker and within an utterance."""

FALSE = 0.005
"""Reported share of samples at positions that no articulator can reach."""

REPORTED = ("lengths differ", "silent sound", "clipped sound", "implausible units", "constant motion")
"""Reasons of `clean` for rejection that other checks report in more detail."""

CURE = {
    "too short": "exclude the utterance, or correct its labels: the time between the first and the last is too short",
    "tongue lost": "none is needed; `clean` excludes the utterance",
}
"""Reason of `clean` -> cure."""


def missing(session: Session) -> Iterator[Finding]:
    """Report coils without any sample, in all utterances or in some."""
    for index, coil in enumerate(COILS):
        if coil == "v" and session.speaker not in session.corpus.velum:
            continue
        without = [profile for profile in session.profiles if _known(profile, index) == 0]
        if len(without) == len(session.profiles):
            yield session.finding(
                "missing coil", without, f"{coil} has no sample", severity=WARNING if coil == "v" else ERROR,
                cure="take the files from the corpus again; if the channel has another name, the copy was converted",
            )
        elif without:
            yield session.finding(
                "missing coil", without, f"{coil} has no sample in these utterances, but in others", severity=WARNING,
                cure="take these files from the corpus again, or keep them: training ignores missing samples",
            )


def dead(session: Session) -> Iterator[Finding]:
    """Report coils that do not move, and coils that are a copy of another coil."""
    profiles = in_mm(session)
    for index, coil in enumerate(COILS):
        present = [profile for profile in profiles if _known(profile, index)]
        still = [profile for profile in present if np.nanmax([*_pair(profile.std, index), -1]) < DEAD_MM]
        if still:
            yield session.finding(
                "dead coil", still, f"{coil} does not move", "take the file from the corpus again, or exclude the utterance",
            )
    for first, second in combinations(range(6), 2):
        same = [profile for profile in profiles if np.hypot(*(_pair(profile.mean, first) - _pair(profile.mean, second))) < SAME_MM]
        if same:
            yield session.finding(
                "same coil", same, f"{COILS[first]} and {COILS[second]} have the same position",
                "one coil was written in place of the other; take the original file",
            )


def lost(session: Session) -> Iterator[Finding]:
    """Report coils with many lost samples."""
    profiles = session.profiles
    for index, coil in enumerate(COILS):
        present = [profile for profile in profiles if _known(profile, index)]
        share = 1 - float(np.mean([_known(profile, index) for profile in present])) if present else 0.0
        many = [profile for profile in present if _known(profile, index) < 1 - LOST_HERE]
        if share > LOST:
            yield session.finding(
                "lost samples", [profile for profile in present if _known(profile, index) < 1],
                f"{share:.0%} of {coil} is lost", severity=WARNING,
                cure="none is needed if the recording has these gaps: they are bridged or masked; else take the original file",
            )
        elif many:
            yield session.finding(
                "lost samples", many, f"{1 - _known(many[0], index):.0%} of {coil} is lost in this utterance", severity=WARNING,
                cure="none is needed: lost samples are masked",
            )


def leaps(session: Session) -> Iterator[Finding]:
    """Report positions that no articulator can reach, which are errors of the tracker."""
    profiles = in_mm(session)
    samples, false = (sum(getattr(profile.report, name) for profile in profiles) for name in ("samples", "false"))
    if samples and false / samples > FALSE:
        worst = sorted((profile for profile in profiles if profile.report.false), key=lambda profile: -profile.report.false)
        yield session.finding(
            "leaps", worst, f"{false / samples:.1%} of all samples are at positions that no articulator can reach",
            severity=WARNING,
            cure="inspect the tracker's quality values; these samples are removed, but samples near them can be wrong too",
        )


def unfit(session: Session) -> Iterator[Finding]:
    """Report utterances that `clean` would reject for reasons that no other check reports."""
    for fault in Counter(profile.report.fault for profile in session.profiles if profile.report.fault not in ("", *REPORTED)):
        affected = [profile for profile in session.profiles if profile.report.fault == fault]
        yield session.finding(
            "unfit", affected, affected[0].report.reason, severity=WARNING,
            cure=CURE.get(fault, "exclude the utterance, or change clean.limits in params.yaml"),
        )


def in_mm(session: Session) -> list[Profile]:
    """Return the utterances whose positions are in mm, judged by size; in other units distances have no meaning."""
    return [profile for profile in session.profiles if judge(profile).factor == 1]


def _known(profile: Profile, coil: int) -> float:
    return float(_pair(profile.known, coil).min())


def _pair(values: np.ndarray, coil: int) -> np.ndarray:
    return values[2 * coil:2 * coil + 2]
