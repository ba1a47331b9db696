"""Figures of native files for the checks; recordings are not kept, so that a corpus fits into memory."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.checks.moments import NOTHING, Moments, moments
from artinv.core.ids import UtteranceId
from artinv.core.records import Label, Rejected, Utterance
from artinv.corpora.native.source import Source
from artinv.data import lag, rejection
from artinv.data.clean import CleanParams, clean
from artinv.data.clean_report import Report
from artinv.data.ingest import read
from artinv.formats import transcript
from artinv.signal.endpoints import BANDS, WINDOW, is_silent
from artinv.signal.mfcc import SOUND_RATE, log_mel
from artinv.signal.resample import at_16_khz

FRAME_RATE = 100
"""Rate of the spectra under the labels in Hz."""

REACH = 0.6
"""Largest detected lag in s."""

ENDINGS = {"sound": (".wav",), "motion": (".ema", ".csv", ".npz"), "labels": (".lab", ".trans")}
"""Part of a recording -> endings of its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Labels of an utterance and the mean spectrum under each."""

    texts: tuple[str, ...]
    frames: np.ndarray  # (labels,) number of frames under each
    bands: np.ndarray  # (labels, BANDS) float32, dB


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Figures of one utterance."""

    id: UtteranceId
    files: tuple[str, ...]  # relative to the raw folder
    seconds: float  # of sound
    motion_seconds: float  # from the start of the sound to the end of the motion
    sound_rate: float  # Hz
    coil_rate: float  # Hz
    level: float  # dB of full scale, 95th percentile over 10 ms
    clipped: float  # share of samples in flat tops
    sound_digest: str
    motion_digest: str
    mean: np.ndarray  # (14,) mm, NaN for channels without samples
    std: np.ndarray  # (14,) mm
    known: np.ndarray  # (14,) share of samples that are not lost
    label_end: float  # s; 0 without labels
    contrast: bool  # labelled speech is louder than labelled silence; True without labels
    tokens: Tokens
    notes: tuple[str, ...]
    report: Report  # result of cleaning
    shares: np.ndarray  # share of the spectral change that motion explains, per shift from -REACH to REACH; can be empty
    frames: int  # number of frames that give `shares`
    moments: Moments

    def file(self, part: str) -> str:
        """Return the file of a part: sound, motion or labels."""
        return _file(self.files, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProfile:
    """Result of reading one native file, or the files of one name."""

    speaker: str
    name: str
    files: tuple[str, ...]
    profiles: tuple[Profile, ...] = ()
    left_out: tuple[str, ...] = ()  # utterances that clean.exclude names
    fault: str = ""  # error message of the reader

    def file(self, part: str) -> str:
        """Return the file of a part: sound, motion or labels."""
        return _file(self.files, part)


def profile_source(corpus: str, raw: Path, params: CleanParams, source: Source) -> SourceProfile:
    """Read a source and return the figures for the checks."""
    files = tuple(path.relative_to(raw).as_posix() for path in source.files)
    result = read(corpus, "real", source)
    if isinstance(result, Rejected):
        return SourceProfile(speaker=source.speaker, name=source.name, files=files, fault=result.reason.replace(f"{raw}/", ""))
    left_out = tuple(utterance.id for utterance in result if utterance.id in params.exclude)
    profiles = tuple(profile(utterance, files, params) for utterance in result if utterance.id not in left_out)
    return SourceProfile(speaker=source.speaker, name=source.name, files=files, profiles=profiles, left_out=left_out)


def profile(utterance: Utterance, files: tuple[str, ...], params: CleanParams) -> Profile:
    """Return the figures of one utterance."""
    sound = at_16_khz(utterance.sound, utterance.sound_rate)
    labels = utterance.phones or utterance.words
    coils = utterance.coils.astype(float)
    known = ~np.isnan(coils)
    count = known.sum(axis=0)
    mean = np.where(count, np.nansum(coils, axis=0), np.nan) / np.maximum(count, 1)
    std = np.sqrt(np.nansum(np.square(coils - mean), axis=0) / np.maximum(count, 1))
    cleaned, report = clean(utterance, params)
    shares, frames, products = _relation(cleaned)
    return Profile(
        id=utterance.id, files=files, seconds=utterance.seconds, sound_rate=utterance.sound_rate, coil_rate=utterance.coil_rate,
        motion_seconds=utterance.coil_start + len(coils) / utterance.coil_rate,
        level=_level(sound), clipped=rejection.clipped_share(utterance.sound),
        sound_digest=_digest(np.rint(utterance.sound * 32768)),
        motion_digest=_digest(utterance.coils), mean=mean, std=np.where(count, std, np.nan), known=count / max(1, len(coils)),
        label_end=max((label.end for label in labels), default=0.0), contrast=_contrast(labels, sound),
        tokens=_tokens(sound, utterance.phones), notes=utterance.notes, report=report, shares=shares, frames=frames,
        moments=products,
    )


def _relation(cleaned: Utterance | Rejected) -> tuple[np.ndarray, int, Moments]:
    """Return figures of the relation of sound and motion: shares per shift, number of frames, and moments."""
    if isinstance(cleaned, Rejected):
        return np.zeros(0), 0, NOTHING
    decibels = log_mel(cleaned.sound, SOUND_RATE, round(SOUND_RATE / cleaned.coil_rate), WINDOW, BANDS)
    products = moments(decibels, cleaned.coils, cleaned.coil_rate)
    return *lag.explained_fractions(decibels, cleaned.coils, cleaned.coil_rate, REACH), products


def _level(sound: np.ndarray) -> float:
    loud = transcript.level(sound - sound.mean(), SOUND_RATE) if len(sound) else np.zeros(0)
    return float(np.percentile(loud, 95)) if len(loud) else -np.inf


def _contrast(labels: tuple[Label, ...], sound: np.ndarray) -> bool:
    """Return whether labelled speech is louder than labelled silence, by the test for transcripts."""
    rows = [
        transcript.Row(label.start, label.end, label.text, "", "", None if is_silent(label.text) else 1) for label in labels
    ]
    inside = [row for row in rows if row.end <= len(sound) / SOUND_RATE]
    return not inside or transcript.labels_fit(inside, sound, SOUND_RATE)


def _tokens(sound: np.ndarray, labels: tuple[Label, ...]) -> Tokens:
    hop = SOUND_RATE // FRAME_RATE
    spectrum = log_mel(sound, SOUND_RATE, hop, WINDOW, BANDS) if labels and len(sound) else np.zeros((0, BANDS), np.float32)
    spans = [(label.text.lower(), round(label.start * FRAME_RATE), round(label.end * FRAME_RATE)) for label in labels]
    spans = [(text, begin, min(max(end, begin + 1), len(spectrum))) for text, begin, end in spans if begin < len(spectrum)]
    return Tokens(
        texts=tuple(text for text, _, _ in spans), frames=np.array([end - begin for _, begin, end in spans], float),
        bands=np.array([spectrum[begin:end].mean(axis=0) for _, begin, end in spans], np.float32).reshape(-1, BANDS),
    )


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:32]


def _file(files: tuple[str, ...], part: str) -> str:
    return next((file for file in files if file.lower().endswith(ENDINGS[part])), files[0])
