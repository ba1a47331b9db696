"""Checks of timing: rate of the motion, its length relative to the sound, and its lag behind the sound."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.profiles import Profile

RATE_TOLERANCE = 0.03
"""Largest relative deviation of a track's rate from the rate of the corpus; rates of USC-TIMIT are 97.5 to 100.08 Hz."""

SHORTEST, LONGEST = 0.75, 1.2
"""Accepted duration of motion relative to sound. A real MOCHA utterance has 0.87: its motion ends early; it rarely ends late."""

STRETCH = 0.05
"""Deviation of both ratio and slope from 1 that shows a wrong rate, which stretches all utterances by the same factor."""

LEAST = 20
"""Least number of files for a slope."""

LAG = 0.02
"""Smallest reported lag in s, two frames. Synthetic speakers, which have no lag, stay below 0.006 s."""

SCATTER = 0.06
"""Scatter of lag estimates in s above which motion and sound are unrelated: 0.005 to 0.033 s if related, 0.110 s if not."""

LEAST_LAGS = 10
"""Least number of utterances for a lag of a speaker."""

FAR = 0.1
"""Lag in s up to which single utterances give estimates; peaks closer than this count as one."""

PEAK_DEVIATIONS, PEAK_RATIO = 4.0, 1.5
"""Least peak of the explained share over all utterances at a long lag: in robust standard deviations above the median, and relative
to the highest peak elsewhere. Planted lags have at least 4.2 and 1.6 (except one speaker of twenty); unrelated motion fails one."""


def rates(session: Session) -> Iterator[Finding]:
    """Report tracks whose header or time column gives an unusual rate."""
    if not session.corpus.speakers:
        return
    nominal = session.corpus.coil_rate
    other = [profile for profile in session.profiles if abs(profile.coil_rate / nominal - 1) > RATE_TOLERANCE]
    if other:
        yield session.finding(
            "motion rate", other, f"the rate of the track is {other[0].coil_rate:g} Hz, of the corpus {nominal:g} Hz",
            "take the track from the corpus again; the track was resampled, or its time column is wrong",
        )


def lengths(session: Session) -> Iterator[Finding]:
    """Report motion longer or shorter than the sound: in most files (a wrong rate), or in some files (another utterance)."""
    sources = [source for source in session.sources if source.profiles]
    sound = np.array([sum(profile.seconds for profile in source.profiles) for source in sources])
    motion = np.array([sum(profile.motion_seconds for profile in source.profiles) for source in sources])
    ratio = motion / sound
    middle = float(np.median(ratio))
    stretched = len(sources) >= LEAST and abs(middle - 1) > STRETCH and abs(_slope(sound, motion) - 1) > STRETCH
    if stretched or not SHORTEST <= middle <= LONGEST:
        yield session.finding(
            "length", sources, f"motion lasts {middle:.2f} times as long as the sound, in most files",
            f"one of the rates is wrong: sound of {session.profiles[0].sound_rate / middle:.0f} Hz, or motion of "
            f"{session.profiles[0].coil_rate * middle:.1f} Hz, would match",
        )
        return
    odd = [source for source, value in zip(sources, ratio, strict=True) if not SHORTEST <= value <= LONGEST]
    if odd:
        first = sources.index(odd[0])
        yield session.finding(
            "length", odd, f"sound of {sound[first]:.2f} s, motion of {motion[first]:.2f} s",
            "sound and motion are from different utterances, or one is truncated; take both from the corpus again",
            severity=WARNING,
        )


def lags(session: Session) -> Iterator[Finding]:
    """Report motion that is late or early relative to the sound, and motion that is unrelated to the sound."""
    profiles = [profile for profile in session.profiles if np.isfinite(profile.report.lag)]
    values = np.array([profile.report.lag for profile in profiles])
    if len(values) < LEAST_LAGS:
        return
    middle = float(np.median(values))
    scatter = 1.4826 * float(np.median(np.abs(values - middle)))
    if far := _long_lag(session.profiles, session.params.rate):
        yield _lag(session, session.profiles, far, "all utterances together")
    elif scatter > SCATTER:
        yield session.finding(
            "unrelated motion", profiles, f"motion and sound have no common lag (scatter {1000 * scatter:.0f} ms)",
            "sound and motion are from different utterances; compare the numbers in the file names",
        )
    elif abs(middle) > max(LAG, 4 * 1.2533 * scatter / np.sqrt(len(values))):
        yield _lag(session, profiles, middle, f"scatter {1000 * scatter:.0f} ms")


def _lag(session: Session, profiles: list[Profile], seconds: float, evidence: str) -> Finding:
    return session.finding(
        "lag", profiles, f"motion is {1000 * abs(seconds):.0f} ms {'late' if seconds > 0 else 'early'} ({evidence})",
        f"write `{session.corpus.name}/{session.speaker}: {seconds:.3f}` under clean.lags in params.yaml", severity=WARNING,
    )


def _long_lag(profiles: list[Profile], rate: float) -> float:
    """Return the lag in s of the one distinct peak, far from 0, of the explained share over all utterances; else 0."""
    usable = [profile for profile in profiles if profile.frames]
    if len(usable) < LEAST_LAGS:
        return 0.0
    share = np.average([profile.shares for profile in usable], axis=0, weights=[profile.frames for profile in usable])
    shifts = (np.arange(len(share)) - len(share) // 2) / rate
    at = shifts[share.argmax()]
    rest = share[np.abs(shifts - at) > FAR]
    middle = float(np.median(rest))
    deviation = 1.4826 * float(np.median(np.abs(rest - middle)))
    height = share.max() - middle
    stands_out = height >= PEAK_DEVIATIONS * deviation and height >= PEAK_RATIO * (rest.max() - middle)
    return float(at) if stands_out and abs(at) > FAR else 0.0


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the Theil-Sen slope, the median over pairs of points, of at most 150 points."""
    keep = np.linspace(0, len(x) - 1, min(len(x), 150)).astype(int)
    pairs = [(a, b) for a, b in combinations(keep, 2) if abs(x[a] - x[b]) > 0.2]
    return float(np.median([(y[a] - y[b]) / (x[a] - x[b]) for a, b in pairs])) if pairs else 1.0
