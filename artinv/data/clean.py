"""Clean one recording: 16 kHz sound and coils at the frame rate with a common start, or the reason of its rejection."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from artinv.core.records import Label, Rejected, Utterance
from artinv.corpora import facts
from artinv.data import lag, rejection
from artinv.data.clean_report import Report
from artinv.runtime.params import Params
from artinv.signal import endpoints, gaps
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.mfcc import SOUND_RATE, log_mel
from artinv.signal.resample import MAX_CUTOFF, at_16_khz, at_frames

LEAST_OVERLAP = 0.5
"""Labels belong to another recording if less than this fraction of their time coincides with detected speech."""

MISFIT = "misfit"
"""Source of the endpoints when they come from the sound because the labels do not match it."""

EXCLUDED = "excluded"
"""Fault of utterances that a user excludes by name."""


class CleanParams(Params):
    """How recordings are repaired and when they are rejected."""

    section: ClassVar[str] = "clean"
    rate: int = Field(gt=0)  # Hz, frames of the coils; divides 16000
    lowpass: float = Field(gt=0)  # Hz, cut-off for the motion of every corpus
    max_gap: float = Field(ge=0)  # s; longer gaps are not interpolated
    spike_mm: float = Field(gt=0)  # least deviation of a spike from the local median
    spike_ratio: float = Field(gt=0)  # the same, in robust standard deviations of the deviations in the channel
    max_speed: float = Field(gt=0)  # mm/s; samples between two faster leaps in opposite directions are false
    margin: float = Field(ge=0)  # s kept before and after speech
    lags: dict[str, float]  # "corpus/speaker": delay of its motion, s, which is removed; the clean metrics give estimates
    exclude: list[str]  # "corpus/speaker/name" of utterances that are known to be wrong
    max_rejected: float = Field(ge=0, le=1)  # fraction of a corpus; a greater fraction is an error
    limits: rejection.Limits

    @model_validator(mode="after")
    def _fits(self) -> "CleanParams":
        if SOUND_RATE % self.rate:
            raise ValueError(f"rate must divide {SOUND_RATE} so that frames fall on samples, as 50, 100, 125 and 200 do")
        if self.lowpass > MAX_CUTOFF * self.rate:
            raise ValueError(f"lowpass must not exceed {MAX_CUTOFF * self.rate:g} Hz at a rate of {self.rate} Hz")
        for key, names, form in (("exclude", self.exclude, "corpus/speaker/name"), ("lags", self.lags, "corpus/speaker")):
            for name in names:
                if name.count("/") != form.count("/") or name.partition("/")[0] not in facts.names():
                    raise ValueError(f"{key} has {name!r}; write {form}, where the corpus is one of {', '.join(facts.names())}")
        return self


def clean(utterance: Utterance, params: CleanParams) -> tuple[Utterance | Rejected, Report]:
    """Repair, filter, synchronize and trim one utterance, independently of all others."""
    report = Report(id=utterance.id, speaker=utterance.speaker, recorded=utterance.seconds)
    if utterance.id in params.exclude:
        return _rejected(report, f"{EXCLUDED}: named under clean.exclude in params.yaml")
    if reason := rejection.recording(utterance, params.limits):
        return _rejected(report, reason)
    coils, report = _repaired(utterance, params, report)
    if reason := rejection.motion(coils, params.limits):
        return _rejected(report, reason)

    hop = SOUND_RATE // params.rate
    sound = at_16_khz(utterance.sound, utterance.sound_rate)
    decibels = log_mel(sound, SOUND_RATE, hop, WINDOW, BANDS)
    (begin, end), ends = _endpoints(utterance, decibels, params.rate)
    start = utterance.coil_start - params.lags.get(utterance.speaker_id, 0.0)
    stop = min(start + (len(coils) - 1) / utterance.coil_rate, len(sound) / SOUND_RATE)
    first = int(np.ceil(max(begin - params.margin, start, 0.0) * params.rate - 1e-6))
    last = int(np.floor(min(end + params.margin, stop) * params.rate + 1e-6))

    cutoff = min(params.lowpass, MAX_CUTOFF * params.rate, MAX_CUTOFF * utterance.coil_rate)
    frames = at_frames(coils, utterance.coil_rate, start, np.arange(first, last + 1) / params.rate, cutoff)
    if reason := rejection.result(frames, params.rate, params.limits):
        return _rejected(report, reason)

    shares, weight = lag.explained_fractions(decibels[first:last + 1], frames, params.rate, lag.REACH)
    late, explained = lag.peak(shares, params.rate)
    kept = (last - first) / params.rate
    cleaned = replace(
        utterance, sound=sound[first * hop:last * hop], sound_rate=SOUND_RATE, coils=frames, coil_rate=params.rate, coil_start=0.0,
        phones=_shifted(utterance.phones, first / params.rate, kept), words=_shifted(utterance.words, first / params.rate, kept),
    )
    if ends == MISFIT:
        cleaned = replace(cleaned, phones=(), words=(), notes=(*utterance.notes, "labels that do not fit the sound left out"))
    return cleaned, replace(
        report, kept=kept, ends=ends, lag=late, explained=explained, shares=shares, frames=weight, rate=params.rate)


def _rejected(report: Report, reason: str) -> tuple[Rejected, Report]:
    return Rejected(report.id, reason), replace(report, reason=reason)


def _repaired(utterance: Utterance, params: CleanParams, report: Report) -> tuple[np.ndarray, Report]:
    """Remove false samples and interpolate short gaps; return the coils and the counts."""
    coils, rate = utterance.coils.astype(float), utterance.coil_rate
    false = gaps.false_samples(coils, rate, params.spike_mm, params.spike_ratio, params.max_speed)
    coils[false] = np.nan
    coils, bridged = gaps.fill(coils, rate, params.max_gap)
    present = ~np.isnan(coils).all(axis=0)
    masked = int(np.isnan(coils[:, present]).sum())
    return coils, replace(report, samples=len(coils) * int(present.sum()), false=int(false.sum()), bridged=bridged, masked=masked)


def _endpoints(utterance: Utterance, decibels: np.ndarray, rate: float) -> tuple[tuple[float, float], str]:
    """Return start and end of speech, s, and their source."""
    detected = endpoints.from_sound(decibels, rate)
    for kind, labels in (("phones", utterance.phones), ("words", utterance.words)):
        if labelled := endpoints.from_labels(labels):
            if detected and endpoints.overlap(labelled, detected) < LEAST_OVERLAP:
                return detected, MISFIT
            return labelled, kind
    return (detected, "sound") if detected else ((0.0, len(decibels) / rate), "none")


def _shifted(labels: tuple[Label, ...], start: float, seconds: float) -> tuple[Label, ...]:
    """Return labels with times counted from `start`, cut off at the ends of the sound of this duration."""
    moved = (Label(label.text, max(0.0, label.start - start), min(seconds, label.end - start)) for label in labels)
    return tuple(label for label in moved if label.end > label.start)
