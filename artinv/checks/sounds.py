"""Sound: its rate, its level, its flat tops, and whether it stands there twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from artinv.checks.finding import ERROR, WARNING, Finding, Session
from artinv.checks.look import Look

QUIETER_DB = 30.0
"""An utterance this far below the speaker's usual level was not recorded like the others."""

CLIPPED = 0.001
"""Share of samples in flat tops; a tenth of what `clean` gives an utterance up for by default."""


def rates(session: Session) -> Iterator[Finding]:
    """Rates that are not the corpus', and rates that differ within a speaker."""
    looks = session.looks
    expected = (session.corpus.sound_rate, *session.corpus.other_sound_rates)
    if session.corpus.speakers:
        other = [look for look in looks if look.sound_rate not in expected]
        usual = " or ".join(map(str, expected))
    else:
        usual = Counter(look.sound_rate for look in looks).most_common(1)[0][0]
        other = [look for look in looks if look.sound_rate != usual]
    if other:
        yield session.finding(
            "sound rate", other, f"the sound's header says {other[0].sound_rate:g} Hz, usual is {usual} Hz",
            "if the pitch sounds wrong, write the right rate into the header; else the sound was converted: take the original",
            severity=WARNING, file="sound",
        )


def levels(session: Session) -> Iterator[Finding]:
    """Sound without speech, and sound far softer than the speaker's other."""
    looks, least = session.looks, session.params.limits.min_level_db
    silent = [look for look in looks if look.level < least]
    if silent:
        yield session.finding(
            "silent sound", silent, f"loud parts reach {_decibels(silent[0].level)}, at least {least:g} dB is needed",
            "take the sound from the corpus again; a channel without a microphone was kept if all are silent", file="sound",
        )
    usual = float(np.median([look.level for look in looks]))
    soft = [look for look in looks if least <= look.level < usual - QUIETER_DB]
    if soft:
        yield session.finding(
            "soft sound", soft, f"{_decibels(soft[0].level)}, where this speaker usually has {usual:.0f} dB",
            "listen to it; leave it out if nothing is heard", severity=WARNING, file="sound",
        )


def clipping(session: Session) -> Iterator[Finding]:
    """Flat tops."""
    limits = session.params.limits
    flat = [look for look in session.looks if look.clipped > CLIPPED and look.level >= limits.min_level_db]
    if flat:
        worst = max(flat, key=lambda look: look.clipped)
        lost = sum(look.clipped > limits.max_clipped for look in flat)
        yield session.finding(
            "clipped sound", [worst, *(look for look in flat if look is not worst)],
            f"up to {worst.clipped:.1%} of the samples lie in flat tops; {lost} would be given up (limit {limits.max_clipped:.1%})",
            "take a copy that was not made louder; leave out what was recorded so", severity=ERROR if lost else WARNING,
            file="sound",
        )


def twice(corpus: str, looks: Iterable[Look], copies: frozenset[str]) -> Iterator[Finding]:
    """Equal sound, or equal motion, under two names; files whose very bytes are equal are told elsewhere (`copies`)."""
    looks = list(looks)
    for kind, digest, part in (("same sound", "sound_digest", "sound"), ("same motion", "motion_digest", "motion")):
        first, again = {}, defaultdict(list)
        for look in looks:
            other = first.setdefault(getattr(look, digest), look)
            if other is not look and look.file(part) not in copies:
                again[look.id.split("/")[1]].append((look, other))
        for speaker, pairs in again.items():
            look, other = pairs[0]
            yield Finding(
                corpus=corpus, speaker=speaker, severity=ERROR, kind=kind, count=len(pairs), of=len(looks),
                what=f"{look.id} has the very {part} of {other.id}", example=look.file(part),
                utterances=tuple(dict.fromkeys(one.id for pair in pairs for one in pair)),
                cure="one of the two is not what its name says; take both from the corpus again",
            )


def _decibels(level: float) -> str:
    return f"{level:.0f} dB" if level > -99 else "nothing but zeros"
