"""Invert a recording with a model and speaker statistics: a Trajectory in mm at 100 Hz that states its origin."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from artinv.core.channels import CHANNELS
from artinv.core.trajectory import Trajectory
from artinv.formats import stream
from artinv.inversion.model import Model
from artinv.inversion.phones import Known, Listener, PhoneEvidence
from artinv.inversion.speaker_statistics import SpeakerStatistics
from artinv.measure.intervals import Interval
from artinv.phones import evidence
from artinv.runtime.errors import BadData
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import MAX_CUTOFF, at_frames
from artinv.signal.streaming import RecordingFeatures, recording_features

RATE = 100.0
"""Hz, frame rate of trajectories; it does not depend on the frame rate of the model."""

MOST_CLIPPED = 0.01
"""Share of clipped samples above which a note is given."""

_PIECE = 60.0  # s, length of the pieces that are resampled
_OVERLAP = 2.0  # s, overlap of pieces; longer than the low-pass


class Inverted(NamedTuple):
    """A trajectory, notes on the quality of its sound, and the phones that were known."""

    trajectory: Trajectory
    notes: tuple[str, ...]
    phones: PhoneEvidence


def compute_features(path: Path, model: Model, seconds: float = stream.BLOCK) -> RecordingFeatures:
    """Compute the model's features of a sound file; `seconds` of sound are in memory at a time."""
    try:
        return recording_features(stream.blocks(path, SOUND_RATE, seconds), model.facts.rate, model.features)
    except BadData as error:
        raise error if str(error).startswith(str(path)) else BadData(f"{path}: {error}") from None


def invert(
    path: Path, model: Model, speaker: SpeakerStatistics, seconds: float = stream.BLOCK, known: Known | None = None,
) -> Inverted:
    """Return the trajectory of a sound file; `seconds` of sound are in memory at a time, the recognizer has a piece of its own."""
    try:
        return _inverted(stream.blocks(path, SOUND_RATE, seconds), path.stem, model, speaker, known)
    except BadData as error:
        raise error if _names_a_file(str(error), path, known) else BadData(f"{path}: {error}") from None


def invert_sound(
    sound: np.ndarray, name: str, model: Model, speaker: SpeakerStatistics, known: Known | None = None,
) -> Inverted:
    """Return the trajectory of a sound (samples,) at 16 kHz."""
    return _inverted([sound], name, model, speaker, known)


def _names_a_file(message: str, path: Path, known: Known | None) -> bool:
    files = [path, known and known.text_file, known and known.label_file]
    return message.startswith(tuple(str(file) for file in files if file))


def mono(sound: np.ndarray, rate: int) -> np.ndarray:
    """Return the mean of the channels of (samples,) or (samples, channels) as float32 at 16 kHz, as `stream.blocks` does.

    Whole numbers are divided by the greatest of their type.
    """
    fits = sound.ndim == 1 or (sound.ndim == 2 and sound.shape[1] <= sound.shape[0])
    if not fits or not sound.size or sound.dtype.kind not in "fi":
        fault = f"an array of shape {sound.shape} and type {sound.dtype} is no sound"
        raise BadData(f"{fault}; expected (samples,) or (samples, channels) of floats or signed integers")
    if not stream.SLOWEST <= rate <= stream.FASTEST:
        raise BadData(f"a rate of {rate} Hz is not within {stream.SLOWEST} to {stream.FASTEST} Hz; give the rate of the array")
    with np.errstate(over="ignore"):
        finite = np.isfinite(sound.astype(np.float32)).all()
    if not finite:
        raise BadData("the sound has values that are not finite numbers of 32 bits; repair the array")
    scaled = sound.astype(np.float32) / (1 if sound.dtype.kind == "f" else np.float32(np.iinfo(sound.dtype).max + 1))
    single = scaled if scaled.ndim == 1 else scaled.mean(axis=1)
    if rate == SOUND_RATE:
        return single
    return soxr.ResampleStream(rate, SOUND_RATE, 1, dtype="float32", quality="HQ").resample_chunk(single, last=True)


def _inverted(
    blocks: Iterable[np.ndarray], name: str, model: Model, speaker: SpeakerStatistics, known: Known | None,
) -> Inverted:
    listener = Listener(known or Known(), model.facts, "the sound")
    features = recording_features(listener.through(blocks), model.facts.rate, model.features)
    phones = listener.evidence(len(features.acoustics), features.samples)
    frames = 1 + int(features.samples * RATE) // SOUND_RATE
    notes = [] if features.speech.any() else ["no speech detected; its trajectories have little meaning"]
    if features.clipped > MOST_CLIPPED:
        notes.append(f"{features.clipped:.0%} of its samples are clipped; its trajectories are less reliable")
    acoustics, scale = speaker.standardize(features), (speaker.mean, speaker.std)
    trajectory = infer(name, model, acoustics, frames, whose=speaker.title, scale=scale, phones=phones.values)
    return Inverted(trajectory, tuple(notes), phones)


def infer(
    name: str, model: Model, acoustics: np.ndarray, frames: int, *, whose: str, scale: tuple[np.ndarray, np.ndarray],
    phones: np.ndarray | None = None,
) -> Trajectory:
    """Predict a trajectory of `frames` frames at 100 Hz from acoustics (K, values) and evidence of phones (K, classes), if known.

    `scale` is the mean and std, each (18,), that converts it to mm; `whose` names their speaker. A channel that no training
    speaker had is NaN. The margin of a channel without known errors is infinite.
    """
    predictor, rate, statistics = model.predictor, model.facts.rate, model.predictor.statistics
    takes_phones = bool(model.facts.evidence)
    if takes_phones:
        z = evidence.predicted(predictor.predict, acoustics, phones, phones_alone=not model.facts.source)
    else:
        z = predictor.predict(acoustics)
    mean, std = scale
    learned = np.isfinite(statistics.get("std", np.ones(len(CHANNELS))))
    motion = np.where(learned, at_rate(z, rate, frames) * std + mean, np.nan)
    if interval := Interval.of(statistics):
        inputs = evidence.joined(acoustics, phones) if takes_phones else acoustics
        margin = at_rate(interval.margin(inputs, z), rate, frames).clip(min=0) * std
        margin = np.nan_to_num(margin, nan=np.inf, posinf=np.inf).astype(np.float32)
    return Trajectory(
        name=name, rate=RATE, motion=motion.astype(np.float32), margin=margin if interval else None,
        level=interval.level if interval else 0.9, model=model.title, trained_on=model.trained_on, speaker=whose,
    )


def at_rate(values: np.ndarray, rate: float, frames: int) -> np.ndarray:
    """Resample (K, C) from `rate` Hz to (frames, C) float32 at 100 Hz, band-limited; times after the last value repeat it."""
    if rate == RATE and len(values) == frames:
        return values
    times = np.minimum(np.arange(frames) / RATE, (len(values) - 1) / rate)
    return np.concatenate(list(_resampled(values, rate, times)))


def _resampled(values: np.ndarray, rate: float, times: np.ndarray) -> Iterable[np.ndarray]:
    cutoff = MAX_CUTOFF * min(rate, RATE)
    for first in range(0, len(times), round(_PIECE * RATE)):
        piece = times[first:first + round(_PIECE * RATE)]
        begin = max(0, int((piece[0] - _OVERLAP) * rate))
        around = values[begin:int((piece[-1] + _OVERLAP) * rate) + 1]
        yield at_frames(around, rate, begin / rate, piece, cutoff)
