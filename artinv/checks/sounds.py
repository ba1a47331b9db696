"""Checks of sound: rate, level, clipping, and equal recordings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from artinv.checks.finding import ERROR, WARNING, Finding, Session
from artinv.checks.look import Look

QUIETER_DB = 30.0
"""Reported level below the speaker's median, in dB."""

CLIPPED = 0.001
"""Reported share of clipped samples; a tenth of the default limit of `clean`."""


def rates(session: Session) -> Iterator[Finding]:
    """Report rates that differ from those of the corpus, or within a speaker."""
    looks = session.looks
    expected = (session.corpus.sound_rate, *session.corpus.other_sound_rates)
    if session.corpus.speakers:
        other = [look for look in looks if look.sound_rate not in expected]
        usual = " or ".join(map(str, expected))
    else:
        commonest = Counter(look.sound_rate for look in looks).most_common(1)[0][0]
        usual = str(commonest)
        other = [look for look in looks if look.sound_rate != commonest]
    if other:
        yield session.finding(
            "sound rate", other, f"the rate in the header is {other[0].sound_rate:g} Hz, expected {usual} Hz",
            "if the pitch is wrong, correct the rate in the header; else the sound was resampled: take the original file",
            severity=WARNING, file="sound",
        )


def levels(session: Session) -> Iterator[Finding]:
    """Report sound without speech, and sound far softer than the speaker's median."""
    looks, least = session.looks, session.params.limits.min_level_db
    silent = [look for look in looks if look.level < least]
    if silent:
        yield session.finding(
            "silent sound", silent, f"the level of loud parts is {_decibels(silent[0].level)}, expected at least {least:g} dB",
            "take the sound from the corpus again; if all are silent, a channel without a microphone was kept", file="sound",
        )
    usual = float(np.median([look.level for look in looks]))
    soft = [look for look in looks if least <= look.level < usual - QUIETER_DB]
    if soft:
        yield session.finding(
            "soft sound", soft, f"the level is {_decibels(soft[0].level)}, median of this speaker {usual:.0f} dB",
            "listen to it; exclude the utterance if it has no speech", severity=WARNING, file="sound",
        )


def clipping(session: Session) -> Iterator[Finding]:
    """Report clipped sound."""
    limits = session.params.limits
    flat = [look for look in session.looks if look.clipped > CLIPPED and look.level >= limits.min_level_db]
    if flat:
        worst = max(flat, key=lambda look: look.clipped)
        lost = sum(look.clipped > limits.max_clipped for look in flat)
        yield session.finding(
            "clipped sound", [worst, *(look for look in flat if look is not worst)],
            f"up to {worst.clipped:.1%} of the samples are clipped; `clean` would reject {lost} (limit {limits.max_clipped:.1%})",
            "take a copy without amplification; exclude utterances that were recorded so", severity=ERROR if lost else WARNING,
            file="sound",
        )


def twice(corpus: str, looks: Iterable[Look], copies: frozenset[str]) -> Iterator[Finding]:
    """Report equal sound or equal motion under two names, except files in `copies`, which another check reports."""
    looks = list(looks)
    for kind, digest, part in (("same sound", "sound_digest", "sound"), ("same motion", "motion_digest", "motion")):
        first: dict[str, Look] = {}
        again: dict[str, list[tuple[Look, Look]]] = defaultdict(list)
        for look in looks:
            other = first.setdefault(getattr(look, digest), look)
            if other is not look and look.file(part) not in copies:
                again[look.id.speaker.name].append((look, other))
        for speaker, pairs in again.items():
            look, other = pairs[0]
            yield Finding(
                corpus=corpus, speaker=speaker, severity=ERROR, kind=kind, count=len(pairs), of=len(looks),
                what=f"{look.id} has the same {part} as {other.id}", example=look.file(part),
                utterances=tuple(dict.fromkeys(item.id for pair in pairs for item in pair)),
                cure="one of the two has a wrong name or content; take both from the corpus again",
            )


def _decibels(level: float) -> str:
    return f"{level:.0f} dB" if level > -99 else "-inf dB (only zeros)"
