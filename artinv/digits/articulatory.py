"""The articulatory generator: a word and a voice -> gestures -> a moving vocal tract -> sound. Nothing is trained.

Its motion is compared with that of people: the places of the coils with eight speakers of HPRC, the jerk with real recordings.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from artinv.corpora import facts
from artinv.digits.words import sentence
from artinv.runtime.errors import BadParams, expected
from artinv.signal.resample import at_frames
from artinv.speaking import voices
from artinv.synth.fitting.resynthesis import at_level
from artinv.synth.speaker.recording import compose
from artinv.synth.speaker.speakers import Speaker, make_speaker
from artinv.synth.tract.controls import FRAME_RATE, HOP
from artinv.synth.tract.render import Synth

NATURAL_JERK = 103_800.0
"""mm/s^3, 95th percentile of `jerk` of real speech: all stretches of half a second, 50 ms apart, of the three recordings in
shared/real (MOCHA fsew0_001, two German bundles), as `experiments.digits_jerk` measures them."""

WINDOW = 0.5
"""s, length of the stretches of real speech, about that of a digit."""

_DRAWN = re.compile(r"[FM][0-9]{4}")
_RATE, _CUTOFF = 100.0, 10.0  # Hz, frames and low-pass of all motion before its jerk is measured
_WIDTH = 3.0  # standard deviations of a speaker that count as the range of a coil
_AROUND = 0.06  # s of silence before and after a word


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A word that a vocal tract has said."""

    sound: np.ndarray  # (samples,) float32 at 16 kHz
    controls: np.ndarray  # (frames, 13) at 200 Hz
    coils: np.ndarray  # (frames, 14) mm at 200 Hz, in the frame of the head


def check(voice: str, place: str = "") -> None:
    """Reject a name that no voice has; `place` begins the message."""
    if voice not in voices.names() and not _DRAWN.fullmatch(voice):
        known = expected(voice, voices.names())
        raise BadParams(f"{place}unknown voice '{voice}'; a letter F or M and four figures, such as F0001, draw a speaker; {known}")


@lru_cache(maxsize=4)
def speaker_of(voice: str) -> Speaker:
    """Return a speaker: `woman` or `man`, one of the demo corpora, or one that is drawn from a name such as F0001 or M0002."""
    check(voice)
    return voices.voice(voice).speaker if voice in voices.NEUTRAL else make_speaker(voice)


@torch.no_grad()
def render(digit: int, voice: str, take: int = 0, stretch: float = 1.0) -> Rendered:
    """Say a digit; takes differ as a person's repetitions do, and `stretch` below 1 is fast speech.

    Equal arguments give equal bytes.
    """
    speaker = speaker_of(voice)
    timed, gestures, rng = compose(speaker, sentence(digit), take, stretch)
    controls, glottis, pressure = (
        torch.from_numpy(values.astype(np.float32)) for values in (gestures.controls, gestures.glottis, gestures.pressure)
    )
    synth = Synth(speaker.anatomy, speaker.voice)
    sound, _ = synth(controls, glottis, pressure, gestures.pitch, rng)
    word = timed.words[0]
    first, last = (round(time * FRAME_RATE) for time in (max(word.start - _AROUND, 0), word.end + _AROUND))
    coils = speaker.articulograph.place(synth.geometry.coils(controls).numpy())
    return Rendered(at_level(sound.numpy()[first * HOP:last * HOP]), gestures.controls[first:last], coils[first:last])


def jerk(coils: np.ndarray, rate: float) -> float:
    """Return the root mean square over time and coils of the third derivative of coils (frames, 14), in mm/s^3.

    The motion is low-passed at 10 Hz first, so that noise of a recording counts little. Missing coils are ignored.
    """
    times = np.arange(int((len(coils) - 1) / rate * _RATE + 1e-6) + 1) / _RATE
    smooth = at_frames(np.asarray(coils, np.float32), rate, 0.0, times, _CUTOFF).astype(np.float64)
    third = np.diff(smooth, 3, axis=0) * _RATE**3
    return float(np.sqrt(np.nanmean(np.square(third)) * 2))


def outside(coils: np.ndarray) -> np.ndarray:
    """Return which frames (frames,) have a coil that no real speaker has there: beyond 3 standard deviations of all of eight."""
    statistics = facts.get("hprc").coil_statistics.values()
    means, stds = (np.array([getattr(place, name) for place in statistics]) for name in ("mean", "std"))
    low, high = (means - _WIDTH * stds).min(0), (means + _WIDTH * stds).max(0)
    measured = coils[:, :means.shape[1]]
    return ((measured < low) | (measured > high)).any(1)
