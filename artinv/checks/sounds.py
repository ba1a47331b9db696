"""Checks of sound: rate, level, clipping, and equal recordings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from artinv.checks.finding import ERROR, WARNING, Finding, Session
from artinv.checks.profiles import Profile

QUIETER_DB = 30.0
"""Reported level below the speaker's median, in dB."""

CLIPPED = 0.001
"""Reported share of clipped samples; a tenth of the default limit of `clean`."""


def rates(session: Session) -> Iterator[Finding]:
    """Report rates that differ from those of the corpus, or within a speaker."""
    profiles = session.profiles
    expected = (session.corpus.sound_rate, *session.corpus.other_sound_rates)
    if session.corpus.speakers:
        other = [profile for profile in profiles if profile.sound_rate not in expected]
        expected_rate = " or ".join(map(str, expected))
    else:
        commonest = Counter(profile.sound_rate for profile in profiles).most_common(1)[0][0]
        expected_rate = str(commonest)
        other = [profile for profile in profiles if profile.sound_rate != commonest]
    if other:
        yield session.finding(
            "sound rate", other, f"the rate in the header is {other[0].sound_rate:g} Hz, expected {expected_rate} Hz",
            "if the pitch is wrong, correct the rate in the header; else the sound was resampled: take the original file",
            severity=WARNING, file="sound",
        )


def levels(session: Session) -> Iterator[Finding]:
    """Report sound without speech, and sound far softer than the speaker's median."""
    profiles, least = session.profiles, session.params.limits.min_level_db
    silent = [profile for profile in profiles if profile.level < least]
    if silent:
        yield session.finding(
            "silent sound", silent, f"the level of loud parts is {_decibels(silent[0].level)}, expected at least {least:g} dB",
            "take the sound from the corpus again; if all are silent, a channel without a microphone was kept", file="sound",
        )
    median = float(np.median([profile.level for profile in profiles]))
    soft = [profile for profile in profiles if least <= profile.level < median - QUIETER_DB]
    if soft:
        yield session.finding(
            "soft sound", soft, f"the level is {_decibels(soft[0].level)}, median of this speaker {median:.0f} dB",
            "listen to it; exclude the utterance if it has no speech", severity=WARNING, file="sound",
        )


def clipping(session: Session) -> Iterator[Finding]:
    """Report clipped sound."""
    limits = session.params.limits
    flat = [profile for profile in session.profiles if profile.clipped > CLIPPED and profile.level >= limits.min_level_db]
    if flat:
        worst = max(flat, key=lambda profile: profile.clipped)
        lost = sum(profile.clipped > limits.max_clipped for profile in flat)
        yield session.finding(
            "clipped sound", [worst, *(profile for profile in flat if profile is not worst)],
            f"up to {worst.clipped:.1%} of the samples are clipped; `clean` would reject {lost} (limit {limits.max_clipped:.1%})",
            "take a copy without amplification; exclude utterances that were recorded so", severity=ERROR if lost else WARNING,
            file="sound",
        )


def duplicates(corpus: str, profiles: Iterable[Profile], copies: frozenset[str]) -> Iterator[Finding]:
    """Report equal sound or equal motion under two names, except files in `copies`, which another check reports."""
    profiles = list(profiles)
    for kind, digest, part in (("same sound", "sound_digest", "sound"), ("same motion", "motion_digest", "motion")):
        first: dict[str, Profile] = {}
        again: dict[str, list[tuple[Profile, Profile]]] = defaultdict(list)
        for profile in profiles:
            other = first.setdefault(getattr(profile, digest), profile)
            if other is not profile and profile.file(part) not in copies:
                again[profile.id.speaker.name].append((profile, other))
        for speaker, pairs in again.items():
            profile, other = pairs[0]
            yield Finding(
                corpus=corpus, speaker=speaker, severity=ERROR, kind=kind, count=len(pairs), of=len(profiles),
                what=f"{profile.id} has the same {part} as {other.id}", example=profile.file(part),
                utterances=tuple(dict.fromkeys(item.id for pair in pairs for item in pair)),
                cure="one of the two has a wrong name or content; take both from the corpus again",
            )


def _decibels(level: float) -> str:
    return f"{level:.0f} dB" if level > -99 else "-inf dB (only zeros)"
