"""Resynthesis: a synthetic head repeats an utterance with a given articulation.

The head is a neutral man or woman. The articulation is normalized with the mean and standard deviation of its speaker and scaled
with those of the head, so the trajectories of any speaker can be used. Pitch, voicing and level come from the original sound.
Differences between copy and original are therefore due to articulation and head; a copy with a still tract is the baseline.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from artinv.core.channels import CHANNELS
from artinv.formats import sound as sounds
from artinv.runtime.errors import BadData
from artinv.signal import mfcc
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz
from artinv.synth.fitting.breath import Breath, estimate_breath
from artinv.synth.fitting.pitch import SourceFeatures, levels, source_features, threshold
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import Prior, speaker_prior
from artinv.synth.speaker.speakers import Speaker, Variability, make_speaker
from artinv.synth.tract.controls import CONTROL, FRAME_RATE, HOP
from artinv.synth.tract.render import Synth

_LEVEL = 0.08  # root mean square of both sounds
_HIGH_VOICE = 165.0  # Hz, median pitch above which the head is female
_SMOOTH_MS = 20.0  # smoothing of the level correction of the copy
_MOST_DB = 20.0  # limit of the level correction
_OPEN = {"ap_d": 2.5, "tb_d": 2.2, "td_d": 2.0, "rt_d": 4.5, "lh": 2.0}  # mm, minimum in a loud voiced sound
_LOUD_DB = 14.0  # a frame is loud if its level is within this range of the loudest frame
_PORT = 0.3  # value of `vel` from which the sound may be nasal, so that the mouth may be closed in a loud voiced frame
_FOREIGN_MM = 0.6  # noise of coils of another head, which cannot reach them all; synthetic copies are best at .45 to .6
_BANDS, _CEPSTRA, _RANGE_DB = 40, 12, 50.0


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances in dB between two time-aligned sounds in the speech frames of the first; lower is better.

    `log_mel` is the mean absolute difference of 40 mel bands. `cepstral` is the mel cepstral distortion: the root mean square over
    frequency of the difference, smoothed to 12 cepstra. The `_equalized` distances are computed after the best fixed equalizer,
    which removes the colour of the microphone and most of that of the voice. Levels below the background of the original, or 50 dB
    below its peak, count as silence.
    """

    log_mel: float
    cepstral: float
    log_mel_equalized: float
    cepstral_equalized: float

    @classmethod
    def between(cls, original: np.ndarray, copy: np.ndarray) -> "Distances":
        """Return the distances between two sounds (samples,) at 16 kHz; both are scaled to the same level."""
        level = levels(original)
        speech = (level > threshold(level))[::2]
        reference = _log_mel(original)
        floor = np.maximum(np.percentile(reference, 5, axis=0), reference.max() - _RANGE_DB)
        first, second = (np.maximum(spectra, floor)[: len(speech)][speech] for spectra in (reference, _log_mel(copy)))
        difference = first - second
        values = []
        for residual in (difference, difference - difference.mean(axis=0)):
            cepstra = mfcc.cepstra(residual, _CEPSTRA + 1)[:, 1:]
            values += [np.abs(residual).mean(), np.sqrt(np.square(cepstra).sum(axis=1) / _BANDS).mean()]
        return cls(*map(float, values))


@dataclass(frozen=True, slots=True, eq=False)
class Resynthesis:
    """The original and its copies, (samples,) float32 at 16 kHz and the same level, and their distances."""

    original: np.ndarray
    copy: np.ndarray  # with the given articulation
    still: np.ndarray  # with the same sources and the mean posture of the head
    controls: np.ndarray  # (frames, 13) of the head at 200 Hz
    coils: np.ndarray  # (frames, 14) mm, target positions of its coils
    reached: np.ndarray  # (frames, 14) mm, positions that they reached
    distances: Distances
    still_distances: Distances

    def write(self, folder: Path | str, name: str) -> tuple[Path, ...]:
        """Write three 16-bit .wav files, `name`_original, _copy and _still, and return their paths."""
        paths = []
        for kind in ("original", "copy", "still"):
            paths.append(Path(folder) / f"{name}_{kind}.wav")
            sounds.write(paths[-1], sounds.to_int16(getattr(self, kind)), SOUND_RATE)
        return tuple(paths)


def resynthesize(
    sound: np.ndarray, sound_rate: float, motion: np.ndarray, rate: float, *,
    statistics: tuple[np.ndarray, np.ndarray] | None = None, start: float = 0.0, head: Speaker | None = None, seed: int = 0,
) -> Resynthesis:
    """Repeat `sound` (samples,) with the articulation `motion` (K, 18), whose frame k is at `start` + k / `rate` seconds.

    `motion` is in standard deviations, as networks predict it. With `statistics`, mean and std (18,) of the speaker, it is in mm;
    `measured` computes them from the motion. NaN is interpolated, and a missing channel follows the prior of the head. The default
    head is a woman or a man, according to the pitch. Equal input gives equal bytes.
    """
    z = _checked(motion, statistics)
    original = at_16_khz(np.asarray(sound, np.float32), sound_rate)
    original = original[: len(original) // HOP * HOP]
    if len(original) < 10 * HOP or not np.isfinite(original).all() or not np.any(original):
        raise BadData("the sound is shorter than 50 ms, silent, or contains values that are not finite; give a recording of speech")
    original = at_level(original)
    features = source_features(original)
    synth, prior = head_of(head) if head else neutral_head(is_high(features))
    clock = (np.arange(len(features.level)) / FRAME_RATE - start) * rate
    coils = prior.placed(interpolate_at(z, clock))
    controls = without_closures(pose(coils, synth.geometry, prior, _FOREIGN_MM), features)
    breath = estimate_breath(features)
    copy = spoken(synth, controls, breath, features.level, seed)
    still = spoken(synth, prior.mean.expand_as(controls), breath, features.level, seed)
    with torch.no_grad():
        reached = synth.geometry.coils(controls)
    return Resynthesis(
        original, copy, still, controls.numpy(), coils.numpy(), reached.numpy(),
        Distances.between(original, copy), Distances.between(original, still),
    )


def measured(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and std (18,) of a motion (K, 18) in mm, for `statistics` if no other data of its speaker are available."""
    valid = np.isfinite(motion)
    count = np.where(valid.sum(axis=0) > 1, valid.sum(axis=0), np.nan)
    mean = np.where(valid, motion, 0).sum(axis=0) / count
    return mean, np.sqrt(np.where(valid, np.square(motion - mean), 0).sum(axis=0) / count)


def _checked(motion: np.ndarray, statistics: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    if motion.ndim != 2 or motion.shape[1] != len(CHANNELS) or len(motion) < 2:
        raise BadData(f"articulation of shape {motion.shape}; expected (frames, {len(CHANNELS)}) with at least two frames")
    if np.isinf(motion).any() or not np.isfinite(motion).any():
        raise BadData("articulation has infinite values or only missing ones; give measured or predicted trajectories")
    z = motion.astype(np.float64)
    if statistics is not None:
        mean, std = statistics
        z = np.divide(z - mean, std, out=np.full(z.shape, np.nan), where=std > 0)
    return np.clip(z, -4.0, 4.0).astype(np.float32)


def interpolate_at(z: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return z (K, C) at fractional frames `place`: linear in gaps, constant beyond the ends, NaN if all are missing."""
    out = np.full((len(place), z.shape[1]), np.nan, np.float32)
    for channel, values in enumerate(z.T):
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            out[:, channel] = np.interp(place, known, values[known])
    return out


def is_high(features: SourceFeatures) -> bool:
    """Return whether the pitch is more probably that of a woman."""
    return bool(features.voiced.any() and np.median(features.pitch[features.voiced]) > _HIGH_VOICE)


@lru_cache(maxsize=2)
def neutral_head(woman: bool) -> tuple[Synth, Prior]:
    """Return the synthesizer and prior of the average woman or man."""
    return head_of(neutral_speaker(woman=woman))


def neutral_speaker(*, woman: bool) -> Speaker:
    """Return the average woman or man, without random differences."""
    none = dict.fromkeys(Variability.model_fields, 0.0)
    return make_speaker("female" if woman else "male", Variability.of(none | {"token": 1.0}))


@lru_cache(maxsize=2)
def head_of(speaker: Speaker) -> tuple[Synth, Prior]:
    """Return the synthesizer and the prior of a speaker."""
    return Synth(speaker.anatomy, speaker.voice), speaker_prior(speaker)


def without_closures(controls: torch.Tensor, features: SourceFeatures) -> torch.Tensor:
    """Remove closures where the original is loud and voiced; in another head the same motion may reach the palate."""
    velum = controls[:, CONTROL["vel"]].numpy()
    loud = features.voiced & (features.level > features.level.max() - _LOUD_DB) & (velum < _PORT)
    weight = torch.from_numpy(gaussian_filter1d(loud.astype(np.float32), 2.0))
    opened = controls.clone()
    for name, least in _OPEN.items():
        opened[:, CONTROL[name]] += weight * (least - controls[:, CONTROL[name]]).clamp(min=0.0)
    return opened


@torch.no_grad()
def spoken(synth: Synth, controls: torch.Tensor, breath: Breath, level: np.ndarray, seed: int) -> np.ndarray:
    """Return the sound of the head, with the level of the original over time."""
    sound, _ = synth(controls, breath.glottis, breath.pressure, breath.pitch, np.random.default_rng(seed))
    copy = at_level(sound.numpy())
    floor = level.max() - 60.0
    gain = gaussian_filter1d(np.maximum(level, floor) - np.maximum(levels(copy), floor), _SMOOTH_MS / 1000 * FRAME_RATE / 2)
    gain = np.clip(gain, -_MOST_DB, _MOST_DB)
    factor = 10 ** (np.interp(np.arange(len(copy)) / HOP, np.arange(len(gain)), gain) / 20)
    return at_level((copy * factor).astype(np.float32))


def at_level(sound: np.ndarray) -> np.ndarray:
    """Return a sound with the level that all sounds of this module have."""
    return (sound * (_LEVEL / max(np.sqrt(np.mean(np.square(sound, dtype=np.float64))), 1e-9))).astype(np.float32)


def _log_mel(sound: np.ndarray) -> np.ndarray:
    return mfcc.log_mel(at_level(sound), SOUND_RATE, 2 * HOP, 400, _BANDS)
