"""Speak trajectories: place them in a voice, estimate the controls of its tract, and compute the sound."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import make_interp_spline

from artinv.core.trajectory import Trajectory
from artinv.signal.mfcc import SOUND_RATE
from artinv.speaking import placing, sources, voices
from artinv.speaking.placing import RATE, Scale, Statistics
from artinv.speaking.sources import Prosody
from artinv.speaking.voices import Voice
from artinv.speaking.voicing import voiced
from artinv.synth.fitting.pitch import source_features, threshold
from artinv.synth.fitting.resynthesis import at_level, is_high, spoken, without_closures
from artinv.synth.fitting.tracking import track
from artinv.synth.tract.controls import BOUNDS, FRAME_RATE, HOP

_LEAST = np.array([low for low, _ in BOUNDS.values()], np.float32)
_MOST = np.array([high for _, high in BOUNDS.values()], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What is spoken."""

    trajectory: Trajectory
    sound: tuple[np.ndarray, float] | None = None  # the recording of the same utterance: (samples,) and its rate in Hz
    start: float = 0.0  # s, time of the first frame from the start of the recording
    statistics: Statistics | None = None  # of its speaker; None: estimated from the trajectory
    average: Statistics | None = None  # of the average training speaker, if the trajectory is in the mm of that speaker


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A spoken trajectory."""

    sound: np.ndarray  # (samples,) float32 at 16 kHz
    voice: str
    statistics: str  # whose statistics placed the trajectory
    by_rule: bool  # whether pitch, voicing and loudness follow a rule
    coils: np.ndarray  # (K, 14) mm, the places that the coils of the voice should reach, 100 per second
    reached: np.ndarray  # (K, 14) mm, the places that they reach
    controls: np.ndarray  # (frames, 13) at 200 Hz

    @property
    def error_mm(self) -> float:
        """Return the mean distance of a coordinate from its goal."""
        return float(np.nanmean(np.abs(self.coils - self.reached)))


def speak(
    material: Material, voice: str | None = None, like: tuple[np.ndarray, float] | None = None, *, scale: Scale = "speaker",
    seed: int = 0,
) -> Spoken:
    """Speak a trajectory.

    `like` is a sound (samples,) and its rate whose pitch, voicing and loudness are used, stretched to the length of the trajectory;
    without it a rule is used. `voice` is one of `voices.names()`; None: the neutral woman or man, by the pitch of the sound or else
    by the statistics of the trajectory. Equal arguments give equal bytes.
    """
    placing.check(material.trajectory)
    is_own = like is not None and like is material.sound
    trajectory, start = material.trajectory, material.start if is_own else 0.0
    original = sources.prepare(*like, "the sound") if like else None
    seconds = len(original) / SOUND_RATE if is_own and original is not None else (len(trajectory.motion) - 1) / trajectory.rate
    motion = placing.at_rate(trajectory, start, seconds)
    frames = int(seconds * FRAME_RATE + 1e-6)
    prosody = sources.of_sound(original, frames) if original is not None else None
    moving = placing.spoken_frames(motion)
    active = _at_200_hz(moving[:, None].astype(np.float32), frames)[:, 0] > 0.5
    counted = _counted(moving, prosody)
    own = placing.own_statistics(motion, counted)
    person = voices.voice(voice) if voice is not None else _default(material, prosody, own)
    statistics = material.statistics or placing.estimated(own, counted.sum() / RATE, person, material.average)
    coils = placing.place(motion, statistics, person, scale)
    coarse = track(coils, person.synth.geometry, person.prior)
    controls = torch.from_numpy(np.clip(_at_200_hz(coarse.numpy(), frames), _LEAST, _MOST))
    if prosody is not None and prosody.features is not None:
        controls = without_closures(controls, prosody.features)
    driven = prosody or sources.by_rule(voiced(person, controls), active, person.speaker.habits)
    with torch.no_grad():
        reached = person.synth.geometry.coils(coarse)
    return Spoken(
        _sound(person, controls, driven, seed), person.name, statistics.title, prosody is None, coils.numpy(), reached.numpy(),
        controls.numpy(),
    )


def _counted(moving: np.ndarray, prosody: Prosody | None) -> np.ndarray:
    """Return the frames (K,) for statistics: those in which something moves and, if a sound is known, the sound is not silent."""
    if prosody is None or prosody.level is None:
        return moving
    loud = prosody.level > threshold(prosody.level)
    both = moving & loud[np.minimum(np.arange(len(moving)) * round(FRAME_RATE / RATE), len(loud) - 1)]
    return both if both.sum() > RATE / 4 else moving


def _default(material: Material, prosody: Prosody | None, own: Statistics) -> Voice:
    """Return a neutral voice by the pitch of a sound if there is one, else by the statistics of the trajectory."""
    features = prosody.features if prosody else None
    if features is None and material.sound is not None:
        features = source_features(sources.prepare(*material.sound, "the sound"))
    if features is not None and features.voiced.any():
        return voices.voice("woman" if is_high(features) else "man")
    return voices.nearest(own.mean, own.std)


def _at_200_hz(values: np.ndarray, frames: int) -> np.ndarray:
    """Interpolate values (K, C) at RATE to (frames, C) at 200 Hz with cubic splines."""
    degree = min(3, len(values) - 1)
    curve = make_interp_spline(np.arange(len(values)) / RATE, values, degree if degree % 2 else degree - 1)
    return curve(np.minimum(np.arange(frames) / FRAME_RATE, (len(values) - 1) / RATE)).astype(np.float32)


def _sound(person: Voice, controls: torch.Tensor, prosody: Prosody, seed: int) -> np.ndarray:
    if prosody.level is not None:
        return spoken(person.synth, controls, prosody.breath, prosody.level, seed)
    breath = prosody.breath
    with torch.no_grad():
        sound, _ = person.synth(controls, breath.glottis, breath.pressure, breath.pitch, np.random.default_rng(seed))
    return at_level(sound.numpy()[: len(controls) * HOP])
