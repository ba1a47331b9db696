"""What cleaning did, per utterance and summed up over a corpus."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from artinv.data import lag
from artinv.core.records import Rejected

_PARTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What cleaning did to one utterance; samples are counted per channel at the tracker's rate."""

    id: str
    speaker: str
    recorded: float  # s
    kept: float = 0.0  # s; 0 if rejected
    reason: str = ""  # why it is rejected
    samples: int = 0  # of all channels of the coils the utterance has
    false: int = 0  # taken out: spikes and leaps
    bridged: int = 0  # lost or false in short gaps, interpolated
    masked: int = 0  # lost or false in long gaps or at the ends, left unknown
    ends: str = ""  # phones | words | sound | misfit | none: what showed where speech begins and ends
    lag: float = np.nan  # s by which motion is late
    explained: float = np.nan  # share of the spectrum's change that motion explains at that lag
    shares: np.ndarray = field(default_factory=lambda: np.zeros(0))  # the same at every shift that was tried
    frames: int = 0  # that these come from
    rate: float = 0.0  # Hz, of the shifts

    @property
    def fault(self) -> str:
        """The reason without its figures."""
        return self.reason.partition(":")[0]


def rejected(reports: Iterable[Report]) -> list[Rejected]:
    """The unfit ones."""
    return [Rejected(report.id, report.reason) for report in reports if report.reason]


def tally(reports: Iterable[Report]) -> dict:
    """Sums over a corpus, and per speaker the lag with its standard error and the spread of single utterances' estimates."""
    reports = list(reports)
    return {
        **_sums(reports),
        "faults": dict(Counter(report.fault for report in reports if report.reason)),
        "ends": dict(Counter(report.ends for report in reports if report.ends)),
        "speakers": {
            speaker: {**_sums(own := [report for report in reports if report.speaker == speaker]), **_lag(own)}
            for speaker in sorted({report.speaker for report in reports})
        },
    }


def _sums(reports: list[Report]) -> dict:
    return {
        "utterances": len(reports),
        "rejected": sum(bool(report.reason) for report in reports),
        "seconds_recorded": sum(report.recorded for report in reports),
        "seconds_kept": sum(report.kept for report in reports),
        **{f"samples_{key}" if key != "samples" else key: sum(getattr(report, key) for report in reports)
           for key in ("samples", "false", "bridged", "masked")},
    }


def _lag(reports: list[Report]) -> dict:
    """From all utterances' shares together; a median of single estimates jumps where each has a flat maximum.

    The standard error is the jackknife's, over `_PARTS` parts of the utterances.
    """
    seen = [report for report in reports if report.frames]
    lags = np.array([report.lag for report in seen if np.isfinite(report.lag)])
    spread = 1.4826 * float(np.median(np.abs(lags - np.median(lags)))) if len(lags) else np.nan
    parts = min(_PARTS, len(seen))
    rests = [[report for at, report in enumerate(seen) if at % parts != part] for part in range(parts)] if parts > 1 else []
    without = [_peak(rest) for rest in rests]
    error = np.sqrt((parts - 1) * np.var(without)) if without else np.nan
    return {"lag_ms": 1000 * _peak(seen), "lag_error_ms": 1000 * float(error), "lag_spread_ms": 1000 * spread,
            "lag_utterances": len(lags)}


def _peak(reports: list[Report]) -> float:
    if not reports:
        return np.nan
    shares = np.average([report.shares for report in reports], axis=0, weights=[report.frames for report in reports])
    return lag.peak(shares, reports[0].rate)[0]
