"""Articulation back to sound: a synthetic head repeats an utterance with the articulation it is given.

The head is a neutral man or woman. It moves as far from its own posture, in its own standard deviations, as the articulation
does from its speaker's, so any speaker's trajectories will do. Pitch, voicing and level come from the original sound: what
the copy lacks against it is due to the articulation and to the head, and can be compared with a tract that does not move.
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
from artinv.synth.fitting.breath import Breath, of_sound
from artinv.synth.fitting.pitch import Heard, levels, listen, threshold
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import Prior, of_speaker
from artinv.synth.speaker.speakers import Speaker, Variability, make
from artinv.synth.tract.controls import CONTROL, FRAME_RATE, HOP
from artinv.synth.tract.render import Synth

_LEVEL = 0.08  # root mean square of both sounds
_HIGH_VOICE = 165.0  # Hz, above which a woman is to repeat it
_SMOOTH_MS = 20.0  # of the level that the copy takes over
_MOST_DB = 20.0  # by which it is raised or lowered
_OPEN = {"ap_d": 2.5, "tb_d": 2.2, "td_d": 2.0, "rt_d": 4.5, "lh": 2.0}  # mm, least in a loud voiced sound
_LOUD_DB = 14.0  # below the loudest frame
_PORT = 0.3  # of the velum, from where on the mouth may be shut and the voice be loud
_BANDS, _CEPSTRA, _RANGE_DB = 40, 12, 50.0


@dataclass(frozen=True, slots=True)
class Distances:
    """How far two sounds of equal timing lie apart where the first one speaks, in dB; lower is better.

    `log_mel` is the mean |difference| of 40 mel bands, `cepstral` the mel cepstral distortion: the root mean square over
    frequency of what 12 cepstra keep of the difference. The other two are the same behind the best fixed equalizer, which
    takes away the colour of the microphone and, as a rule, of the voice. What lies below the background of the original, or
    50 dB below its peak, counts as silence.
    """

    log_mel: float
    cepstral: float
    log_mel_equalized: float
    cepstral_equalized: float

    @classmethod
    def between(cls, original: np.ndarray, copy: np.ndarray) -> "Distances":
        """Two sounds (samples,) at 16 kHz; both are brought to one level."""
        level = levels(original)
        speech = (level > threshold(level))[::2]
        reference = _log_mel(original)
        floor = np.maximum(np.percentile(reference, 5, axis=0), reference.max() - _RANGE_DB)
        first, second = (np.maximum(heard, floor)[: len(speech)][speech] for heard in (reference, _log_mel(copy)))
        difference = first - second
        figures = []
        for rest in (difference, difference - difference.mean(axis=0)):
            cepstra = mfcc.cepstra(rest, _CEPSTRA + 1)[:, 1:]
            figures += [np.abs(rest).mean(), np.sqrt(np.square(cepstra).sum(axis=1) / _BANDS).mean()]
        return cls(*map(float, figures))


@dataclass(frozen=True, slots=True, eq=False)
class Resynthesis:
    """The original and its copies, (samples,) float32 at 16 kHz and one level, and how they compare."""

    original: np.ndarray
    copy: np.ndarray
    still: np.ndarray  # the same sources through a tract that keeps to the head's mean posture
    controls: np.ndarray  # (frames, 13) of the head at 200 Hz
    coils: np.ndarray  # (frames, 14) mm, where its coils were to be
    reached: np.ndarray  # (frames, 14) mm, where they were
    distances: Distances
    still_distances: Distances

    def write(self, folder: Path | str, name: str) -> tuple[Path, ...]:
        """Three 16-bit .wav files: `name`_original, _copy and _still."""
        paths = []
        for kind in ("original", "copy", "still"):
            paths.append(Path(folder) / f"{name}_{kind}.wav")
            sounds.write(paths[-1], sounds.to_int16(getattr(self, kind)), SOUND_RATE)
        return tuple(paths)


def resynthesize(
    sound: np.ndarray, sound_rate: float, motion: np.ndarray, rate: float, *,
    statistics: tuple[np.ndarray, np.ndarray] | None = None, start: float = 0.0, head: Speaker | None = None, seed: int = 0,
) -> Resynthesis:
    """Repeat `sound` (samples,) with the articulation `motion` (K, 18), whose frame k stands at `start` + k / `rate` seconds.

    `motion` is in standard deviations, as networks predict it; in mm with `statistics`, the speaker's mean and std (18,) each
    (`measured` has them from the motion itself). NaN is bridged, and a channel that is missing is left to the head, which is
    chosen by pitch where none is named. Equal input gives equal bytes.
    """
    z = _checked(motion, statistics)
    original = at_16_khz(np.asarray(sound, np.float32), sound_rate)
    original = original[: len(original) // HOP * HOP]
    if len(original) < 10 * HOP or not np.isfinite(original).all() or not np.any(original):
        raise BadData("the sound is shorter than 50 ms, silent, or holds values that are not numbers; give a recording of speech")
    original = _at_level(original)
    heard = listen(original)
    synth, prior = _voiced(head) if head else _neutral(_is_high(heard))
    clock = (np.arange(len(heard.level)) / FRAME_RATE - start) * rate
    coils = prior.placed(held(z, clock))
    controls = _opened(pose(coils, synth.geometry, prior), heard)
    breath = of_sound(heard)
    copy = _spoken(synth, controls, breath, heard.level, seed)
    still = _spoken(synth, prior.mean.expand_as(controls), breath, heard.level, seed)
    with torch.no_grad():
        reached = synth.geometry.coils(controls)
    return Resynthesis(
        original, copy, still, controls.numpy(), coils.numpy(), reached.numpy(),
        Distances.between(original, copy), Distances.between(original, still),
    )


def measured(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and std (18,) of a motion (K, 18) in mm, as `statistics` where nothing else of its speaker is known."""
    there = np.isfinite(motion)
    count = np.where(there.sum(axis=0) > 1, there.sum(axis=0), np.nan)
    mean = np.where(there, motion, 0).sum(axis=0) / count
    return mean, np.sqrt(np.where(there, np.square(motion - mean), 0).sum(axis=0) / count)


def _checked(motion: np.ndarray, statistics: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    if motion.ndim != 2 or motion.shape[1] != len(CHANNELS) or len(motion) < 2:
        raise BadData(f"articulation of shape {motion.shape}; expected (frames, {len(CHANNELS)}) with at least two frames")
    if np.isinf(motion).any() or not np.isfinite(motion).any():
        raise BadData("articulation holds infinities or nothing but gaps; give measured or predicted trajectories")
    z = motion.astype(np.float64)
    if statistics is not None:
        mean, std = statistics
        z = np.divide(z - mean, std, out=np.full(z.shape, np.nan), where=std > 0)
    return np.clip(z, -4.0, 4.0).astype(np.float32)


def held(z: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Trajectories (K, C) at fractional frames: straight over gaps, held beyond the ends; what is never there stays NaN."""
    out = np.full((len(place), z.shape[1]), np.nan, np.float32)
    for channel, values in enumerate(z.T):
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            out[:, channel] = np.interp(place, known, values[known])
    return out


def _is_high(heard: Heard) -> bool:
    return bool(heard.voiced.any() and np.median(heard.pitch[heard.voiced]) > _HIGH_VOICE)


@lru_cache(maxsize=2)
def _neutral(woman: bool) -> tuple[Synth, Prior]:
    """The average woman or man: nothing about them is drawn."""
    none = dict.fromkeys(Variability.model_fields, 0.0)
    return _voiced(make("female" if woman else "male", Variability.of(none | {"token": 1.0})))


@lru_cache(maxsize=2)
def _voiced(speaker: Speaker) -> tuple[Synth, Prior]:
    return Synth(speaker.anatomy, speaker.voice), of_speaker(speaker)


def _opened(controls: torch.Tensor, heard: Heard) -> torch.Tensor:
    """Keep tongue and lips apart where the original is loud and voiced: in another head the same motion may end at the palate."""
    velum = controls[:, CONTROL["vel"]].numpy()
    loud = heard.voiced & (heard.level > heard.level.max() - _LOUD_DB) & (velum < _PORT)
    share = torch.from_numpy(gaussian_filter1d(loud.astype(np.float32), 2.0))
    opened = controls.clone()
    for name, least in _OPEN.items():
        opened[:, CONTROL[name]] += share * (least - controls[:, CONTROL[name]]).clamp(min=0.0)
    return opened


@torch.no_grad()
def _spoken(synth: Synth, controls: torch.Tensor, breath: Breath, level: np.ndarray, seed: int) -> np.ndarray:
    """What the head says, with the level of the original over time."""
    made, _ = synth(controls, breath.glottis, breath.pressure, breath.pitch, np.random.default_rng(seed))
    made = _at_level(made.numpy())
    floor = level.max() - 60.0
    gain = gaussian_filter1d(np.maximum(level, floor) - np.maximum(levels(made), floor), _SMOOTH_MS / 1000 * FRAME_RATE / 2)
    gain = np.clip(gain, -_MOST_DB, _MOST_DB)
    factor = 10 ** (np.interp(np.arange(len(made)) / HOP, np.arange(len(gain)), gain) / 20)
    return _at_level((made * factor).astype(np.float32))


def _at_level(sound: np.ndarray) -> np.ndarray:
    return (sound * (_LEVEL / max(np.sqrt(np.mean(np.square(sound, dtype=np.float64))), 1e-9))).astype(np.float32)


def _log_mel(sound: np.ndarray) -> np.ndarray:
    return mfcc.log_mel(_at_level(sound), SOUND_RATE, 2 * HOP, 400, _BANDS)
