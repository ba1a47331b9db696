"""What checking keeps of a native file: figures, not recordings, so that a corpus fits into memory."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.checks.moments import NOTHING, Moments, moments
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
"""Hz, of the spectra under the labels."""

REACH = 0.6
"""s; lags up to here are looked for."""

ENDINGS = {"sound": (".wav",), "motion": (".ema", ".csv", ".npz"), "labels": (".lab", ".trans")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The labels of an utterance and the spectrum under each."""

    texts: tuple[str, ...]
    frames: np.ndarray  # (labels,) frames under each
    bands: np.ndarray  # (labels, BANDS) float32, dB


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Figures of one utterance."""

    id: str
    files: tuple[str, ...]  # relative to the raw folder
    seconds: float  # of sound
    motion_seconds: float  # to the end of the motion, from the start of the sound
    sound_rate: float  # Hz
    coil_rate: float  # Hz
    level: float  # dB of full scale, 95th percentile over 10 ms
    clipped: float  # share of samples in flat tops
    sound_digest: str
    motion_digest: str
    mean: np.ndarray  # (14,) mm, NaN where nothing is known
    std: np.ndarray  # (14,) mm
    known: np.ndarray  # (14,) share of samples
    label_end: float  # s; 0 without labels
    contrast: bool  # sound is loud where labels speak and soft where they do not; True without labels
    tokens: Tokens
    notes: tuple[str, ...]
    report: Report  # what cleaning would do
    shares: np.ndarray  # share of the changing spectrum that motion explains, by shift from -REACH to REACH; or nothing
    frames: int  # that this comes from
    moments: Moments

    def file(self, part: str) -> str:
        """The file that holds this part of it."""
        return _file(self.files, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One native file, or the files of one name."""

    speaker: str
    name: str
    files: tuple[str, ...]
    looks: tuple[Look, ...] = ()
    left_out: tuple[str, ...] = ()  # utterances that clean.exclude names
    fault: str = ""  # why it cannot be read

    def file(self, part: str) -> str:
        """The file that holds this part of it."""
        return _file(self.files, part)


def look_at(corpus: str, raw: Path, params: CleanParams, source: Source) -> Seen:
    """Read a source and keep what the checks need."""
    files = tuple(path.relative_to(raw).as_posix() for path in source.files)
    result = read(corpus, "real", source)
    if isinstance(result, Rejected):
        return Seen(speaker=source.speaker, name=source.name, files=files, fault=result.reason.replace(f"{raw}/", ""))
    left_out = tuple(one.id for one in result if one.id in params.exclude)
    looks = tuple(look(one, files, params) for one in result if one.id not in left_out)
    return Seen(speaker=source.speaker, name=source.name, files=files, looks=looks, left_out=left_out)


def look(utterance: Utterance, files: tuple[str, ...], params: CleanParams) -> Look:
    """Figures of one utterance."""
    sound = at_16_khz(utterance.sound, utterance.sound_rate)
    labels = utterance.phones or utterance.words
    coils = utterance.coils.astype(float)
    known = ~np.isnan(coils)
    count = known.sum(axis=0)
    mean = np.where(count, np.nansum(coils, axis=0), np.nan) / np.maximum(count, 1)
    std = np.sqrt(np.nansum(np.square(coils - mean), axis=0) / np.maximum(count, 1))
    cleaned, report = clean(utterance, params)
    shares, frames, products = _together(cleaned)
    return Look(
        id=utterance.id, files=files, seconds=utterance.seconds, sound_rate=utterance.sound_rate, coil_rate=utterance.coil_rate,
        motion_seconds=utterance.coil_start + len(coils) / utterance.coil_rate,
        level=_level(sound), clipped=rejection.clipped_share(utterance.sound),
        sound_digest=_digest(np.rint(utterance.sound * 32768)),
        motion_digest=_digest(utterance.coils), mean=mean, std=np.where(count, std, np.nan), known=count / max(1, len(coils)),
        label_end=max((label.end for label in labels), default=0.0), contrast=_contrast(labels, sound),
        tokens=_tokens(sound, utterance.phones), notes=utterance.notes, report=report, shares=shares, frames=frames,
        moments=products,
    )


def _together(cleaned: Utterance | Rejected) -> tuple[np.ndarray, int, Moments]:
    """What shows how sound and motion go together."""
    if isinstance(cleaned, Rejected):
        return np.zeros(0), 0, NOTHING
    decibels = log_mel(cleaned.sound, SOUND_RATE, round(SOUND_RATE / cleaned.coil_rate), WINDOW, BANDS)
    products = moments(decibels, cleaned.coils, cleaned.coil_rate)
    return *lag.shares(decibels, cleaned.coils, cleaned.coil_rate, REACH), products


def _level(sound: np.ndarray) -> float:
    loud = transcript.level(sound - sound.mean(), SOUND_RATE) if len(sound) else np.zeros(0)
    return float(np.percentile(loud, 95)) if len(loud) else -np.inf


def _contrast(labels: tuple[Label, ...], sound: np.ndarray) -> bool:
    """Labels as rows of a transcript, for which this is decided elsewhere."""
    rows = [transcript.Row(one.start, one.end, one.text, "", "", None if is_silent(one.text) else 1) for one in labels]
    inside = [row for row in rows if row.end <= len(sound) / SOUND_RATE]
    return not inside or transcript.fits(inside, sound, SOUND_RATE)


def _tokens(sound: np.ndarray, labels: tuple[Label, ...]) -> Tokens:
    hop = SOUND_RATE // FRAME_RATE
    spectrum = log_mel(sound, SOUND_RATE, hop, WINDOW, BANDS) if labels and len(sound) else np.zeros((0, BANDS), np.float32)
    spans = [(one.text.lower(), round(one.start * FRAME_RATE), max(round(one.end * FRAME_RATE), round(one.start * FRAME_RATE) + 1))
             for one in labels]
    spans = [(text, begin, min(end, len(spectrum))) for text, begin, end in spans if begin < len(spectrum)]
    return Tokens(
        texts=tuple(text for text, _, _ in spans), frames=np.array([end - begin for _, begin, end in spans], float),
        bands=np.array([spectrum[begin:end].mean(axis=0) for _, begin, end in spans], np.float32).reshape(-1, BANDS),
    )


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:32]


def _file(files: tuple[str, ...], part: str) -> str:
    return next((file for file in files if file.lower().endswith(ENDINGS[part])), files[0])
