"""Coils: which are there, which move, and how much of them the tracker lost."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from artinv.checks.finding import ERROR, WARNING, Finding, Session
from artinv.checks.look import Look
from artinv.checks.shape import judge
from artinv.core.channels import COILS

DEAD_MM = 0.05
"""Standard deviation within an utterance, of both axes, below which a coil is not on anything that speaks."""

SAME_MM = 0.5
"""No two coils are glued nearer to one another."""

LOST, LOST_HERE = 0.05, 0.5
"""Share of a coil's samples, over a speaker and within an utterance, that is more than now and then."""

FALSE = 0.005
"""Share of samples that no articulator can have reached."""

TOLD = ("lengths differ", "silent sound", "clipped sound", "implausible units", "constant motion")
"""Reasons of `clean` that other checks tell in more detail."""

CURE = {
    "too short": "leave it out, or mend its labels: little lies between the first and the last of them",
    "tongue lost": "nothing; `clean` leaves it out",
}


def missing(session: Session) -> Iterator[Finding]:
    """Coils without a sample, in all utterances or some."""
    for index, coil in enumerate(COILS):
        if coil == "v" and session.speaker not in session.corpus.velum:
            continue
        without = [look for look in session.looks if _known(look, index) == 0]
        if len(without) == len(session.looks):
            yield session.finding(
                "missing coil", without, f"{coil} has not one sample", severity=WARNING if coil == "v" else ERROR,
                cure="take the files from the corpus again; if its channel bears another name, the copy was converted",
            )
        elif without:
            yield session.finding(
                "missing coil", without, f"{coil} has not one sample here, but has elsewhere", severity=WARNING,
                cure="take these files from the corpus again, or leave them: what is not there is not learned from",
            )


def dead(session: Session) -> Iterator[Finding]:
    """Coils that do not move, or that are another's copy."""
    looks = in_mm(session)
    for index, coil in enumerate(COILS):
        still = [look for look in looks if np.nanmax([*_pair(look.std, index), -1]) < DEAD_MM and _known(look, index)]
        if still:
            yield session.finding(
                "dead coil", still, f"{coil} does not move", "take the file from the corpus again, or leave it out",
            )
    for one, two in combinations(range(6), 2):
        same = [look for look in looks if np.hypot(*(_pair(look.mean, one) - _pair(look.mean, two))) < SAME_MM]
        if same:
            yield session.finding(
                "same coil", same, f"{COILS[one]} and {COILS[two]} are at one place",
                "one was written in place of the other; take the original",
            )


def lost(session: Session) -> Iterator[Finding]:
    """Samples that the tracker lost."""
    looks = session.looks
    for index, coil in enumerate(COILS):
        there = [look for look in looks if _known(look, index)]
        share = 1 - float(np.mean([_known(look, index) for look in there])) if there else 0.0
        many = [look for look in there if _known(look, index) < 1 - LOST_HERE]
        if share > LOST:
            yield session.finding(
                "lost samples", [look for look in there if _known(look, index) < 1], f"{share:.0%} of {coil} is lost",
                severity=WARNING, cure="nothing if it was so recorded: gaps are bridged or masked; else take the original",
            )
        elif many:
            yield session.finding(
                "lost samples", many, f"{1 - _known(many[0], index):.0%} of {coil} is lost in this utterance", severity=WARNING,
                cure="nothing: what is lost is masked",
            )


def leaps(session: Session) -> Iterator[Finding]:
    """Samples that the tracker made up."""
    looks = in_mm(session)
    samples, false = (sum(getattr(look.report, name) for look in looks) for name in ("samples", "false"))
    if samples and false / samples > FALSE:
        worst = sorted((look for look in looks if look.report.false), key=lambda look: -look.report.false)
        yield session.finding(
            "leaps", worst, f"{false / samples:.1%} of all samples lie where no articulator can have been", severity=WARNING,
            cure="look at the tracker's quality figures; such samples are taken out, but what is near them may be false too",
        )


def unfit(session: Session) -> Iterator[Finding]:
    """What `clean` would give up for reasons that nothing else here tells."""
    for fault in Counter(look.report.fault for look in session.looks if look.report.fault not in ("", *TOLD)):
        where = [look for look in session.looks if look.report.fault == fault]
        yield session.finding(
            "unfit", where, where[0].report.reason, severity=WARNING,
            cure=CURE.get(fault, "leave it out, or change clean.limits in params.yaml"),
        )


def in_mm(session: Session) -> list[Look]:
    """Utterances whose size is a head's: in other units no distance says anything."""
    return [look for look in session.looks if judge(look).factor == 1]


def _known(look: Look, coil: int) -> float:
    return float(_pair(look.known, coil).min())


def _pair(values: np.ndarray, coil: int) -> np.ndarray:
    return values[2 * coil:2 * coil + 2]
