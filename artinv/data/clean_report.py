"""Report on cleaning: the repairs of each utterance and their sums over a corpus."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from artinv.core.ids import UtteranceId
from artinv.core.records import Rejected
from artinv.data import lag

_PARTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results of cleaning one utterance; samples are counted per channel at the tracker's rate."""

    id: UtteranceId
    speaker: str
    recorded: float  # s
    kept: float = 0.0  # s; 0 if rejected
    reason: str = ""  # of the rejection
    samples: int = 0  # in all channels of the coils that the utterance has
    false: int = 0  # removed samples: spikes and excursions
    bridged: int = 0  # lost or false samples in short gaps, interpolated
    masked: int = 0  # lost or false samples in long gaps or at the ends, left unknown
    ends: str = ""  # phones | words | sound | misfit | none: the source of the endpoints of speech
    lag: float = np.nan  # delay of the motion, s
    explained: float = np.nan  # fraction of the variance of the spectral change that motion explains at this lag
    shares: np.ndarray = field(default_factory=lambda: np.zeros(0), compare=False)  # this fraction at every shift
    frames: int = 0  # number of frames from which `shares` is computed
    rate: float = 0.0  # Hz, frame rate; shifts are whole frames

    @property
    def fault(self) -> str:
        """Return the reason without its figures."""
        return self.reason.partition(":")[0]


def rejected(reports: Iterable[Report]) -> list[Rejected]:
    """Return the rejected utterances."""
    return [Rejected(report.id, report.reason) for report in reports if report.reason]


def tally(reports: Iterable[Report]) -> dict:
    """Return sums over a corpus and, per speaker, the lag, its standard error and the spread of the utterances' estimates."""
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
    """Return the lag from the averaged fractions of all utterances, which is more stable than a median of single estimates.

    The standard error is a jackknife estimate over `_PARTS` parts of the utterances.
    """
    usable = [report for report in reports if report.frames]
    lags = np.array([report.lag for report in usable if np.isfinite(report.lag)])
    spread = 1.4826 * float(np.median(np.abs(lags - np.median(lags)))) if len(lags) else np.nan
    parts = min(_PARTS, len(usable))
    samples = [[report for at, report in enumerate(usable) if at % parts != part] for part in range(parts)] if parts > 1 else []
    estimates = [_peak(sample) for sample in samples]
    error = np.sqrt((parts - 1) * np.var(estimates)) if estimates else np.nan
    return {"lag_ms": 1000 * _peak(usable), "lag_error_ms": 1000 * float(error), "lag_spread_ms": 1000 * spread,
            "lag_utterances": len(lags)}


def _peak(reports: list[Report]) -> float:
    if not reports:
        return np.nan
    shares = np.average([report.shares for report in reports], axis=0, weights=[report.frames for report in reports])
    return lag.peak(shares, reports[0].rate)[0]
