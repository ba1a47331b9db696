"""Time: the motion's rate, its length against the sound's, and its lag."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.look import Look

RATE_TOLERANCE = 0.03
"""Share by which a track's rate may differ from the corpus'; USC-TIMIT's run from 97.5 to 100.08 Hz."""

SHORTEST, LONGEST = 0.75, 1.2
"""Motion over sound. A real MOCHA utterance has 0.87, for its motion ends early; motion hardly ever runs on."""

STRETCH = 0.05
"""A wrong rate stretches every utterance alike: ratio and slope both differ from 1 by more than this."""

LEAST = 20
"""Files from which a slope can be had."""

LAG = 0.02
"""s; two frames. Synthetic speakers, who have none, stay below 6 ms."""

SCATTER = 0.06
"""s; estimates of one recording scatter by 5 to 33 ms about the speaker's lag, those of strangers by 110 ms."""

LEAST_LAGS = 10

FAR = 0.1
"""s; estimates of single utterances see lags that are shorter, and peaks that are closer are one."""

PEAK_DEVIATIONS, PEAK_RATIO = 4.0, 1.5
"""What the shares of all utterances together must have at a long lag: robust standard deviations above their median, and times the
height of any peak elsewhere. Planted lags have 4.2 and 1.6 or more (one speaker of twenty less), strangers less of one of them."""


def rates(session: Session) -> Iterator[Finding]:
    """The rate that the track's header or time column gives."""
    if not session.corpus.speakers:
        return
    usual = session.corpus.coil_rate
    other = [look for look in session.looks if abs(look.coil_rate / usual - 1) > RATE_TOLERANCE]
    if other:
        yield session.finding(
            "motion rate", other, f"the track says {other[0].coil_rate:g} Hz, usual is {usual:g} Hz",
            "take the track from the corpus again; it was resampled, or its time column is wrong",
        )


def lengths(session: Session) -> Iterator[Finding]:
    """Motion that lasts longer or shorter than the sound: of all files alike (a rate), or of some (another utterance)."""
    whole = [source for source in session.sources if source.looks]
    sound = np.array([sum(look.seconds for look in source.looks) for source in whole])
    motion = np.array([sum(look.motion_seconds for look in source.looks) for source in whole])
    ratio = motion / sound
    middle = float(np.median(ratio))
    stretched = len(whole) >= LEAST and abs(middle - 1) > STRETCH and abs(_slope(sound, motion) - 1) > STRETCH
    if stretched or not SHORTEST <= middle <= LONGEST:
        yield session.finding(
            "length", whole, f"motion lasts {middle:.2f} times as long as the sound, in most files",
            f"one of the rates is wrong: sound at {session.looks[0].sound_rate / middle:.0f} Hz, or motion at "
            f"{session.looks[0].coil_rate * middle:.1f} Hz, would fit",
        )
        return
    odd = [source for source, value in zip(whole, ratio, strict=True) if not SHORTEST <= value <= LONGEST]
    if odd:
        first = whole.index(odd[0])
        yield session.finding(
            "length", odd, f"sound of {sound[first]:.2f} s, motion of {motion[first]:.2f} s",
            "sound and motion are of different utterances, or one of them is cut; take both from the corpus again",
            severity=WARNING,
        )


def lags(session: Session) -> Iterator[Finding]:
    """Motion late or early against the sound, and motion that has nothing to do with it."""
    looks = [look for look in session.looks if np.isfinite(look.report.lag)]
    values = np.array([look.report.lag for look in looks])
    if len(values) < LEAST_LAGS:
        return
    middle = float(np.median(values))
    scatter = 1.4826 * float(np.median(np.abs(values - middle)))
    if far := _long_lag(session.looks, session.params.rate):
        yield _lag(session, session.looks, far, "all utterances together")
    elif scatter > SCATTER:
        yield session.finding(
            "unrelated motion", looks, f"no common lag of motion against sound is found (scatter {1000 * scatter:.0f} ms)",
            "the sound belongs to other utterances than the motion; compare the numbers in the file names",
        )
    elif abs(middle) > max(LAG, 4 * 1.2533 * scatter / np.sqrt(len(values))):
        yield _lag(session, looks, middle, f"scatter {1000 * scatter:.0f} ms")


def _lag(session: Session, looks: list[Look], seconds: float, how: str) -> Finding:
    return session.finding(
        "lag", looks, f"motion is {1000 * abs(seconds):.0f} ms {'late' if seconds > 0 else 'early'} ({how})",
        f"write `{session.corpus.name}/{session.speaker}: {seconds:.3f}` under clean.lags in params.yaml", severity=WARNING,
    )


def _long_lag(looks: list[Look], rate: float) -> float:
    """s, where the shares of all utterances together have one peak that stands out far from 0; else 0."""
    seen = [look for look in looks if look.frames]
    if len(seen) < LEAST_LAGS:
        return 0.0
    share = np.average([look.shares for look in seen], axis=0, weights=[look.frames for look in seen])
    shifts = (np.arange(len(share)) - len(share) // 2) / rate
    at = shifts[share.argmax()]
    rest = share[np.abs(shifts - at) > FAR]
    middle = float(np.median(rest))
    deviation = 1.4826 * float(np.median(np.abs(rest - middle)))
    height = share.max() - middle
    stands_out = height >= PEAK_DEVIATIONS * deviation and height >= PEAK_RATIO * (rest.max() - middle)
    return float(at) if stands_out and abs(at) > FAR else 0.0


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Theil and Sen's: the median over pairs, thinned where they are many."""
    keep = np.linspace(0, len(x) - 1, min(len(x), 150)).astype(int)
    pairs = [(a, b) for a, b in combinations(keep, 2) if abs(x[a] - x[b]) > 0.2]
    return float(np.median([(y[a] - y[b]) / (x[a] - x[b]) for a, b in pairs])) if pairs else 1.0
