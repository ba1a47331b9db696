"""Timed sounds -> smooth trajectories of controls, glottal area, lung pressure and pitch.

While a sound is active, it sets a target for the controls that it specifies. Where activations overlap, the target is the mean
weighted by dominance (coarticulation). Each control follows its target through a critically damped second-order system.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from artinv.synth.speaker.allophones import SOUNDS
from artinv.synth.speaker.phones import ARTICULATOR
from artinv.synth.speaker.timing import Segment
from artinv.synth.tract.controls import CONTROLS, FRAME_RATE

_SPEED = {"jaw": 28.0, "tip": 50.0, "body": 36.0, "place": 36.0, "lips": 46.0, "protrusion": 28.0, "velum": 36.0, "sides": 60.0,
          "larynx": 18.0}
SPEED = np.array([_SPEED[ARTICULATOR[control]] for control in CONTROLS])
"""Natural frequency in rad/s of the critically damped system of each control."""

_TOKEN = {"jaw": 0.8, "ap_s": 0.03, "ap_d": 0.7, "tb_s": 0.04, "tb_d": 0.7, "td_s": 0.04, "td_d": 0.8, "rt_d": 0.9, "lh": 0.8,
          "lp": 0.5, "vel": 0.06, "lat": 0.0, "lar": 0.7}
TOKEN_SPREAD = np.array([_TOKEN[control] for control in CONTROLS])
"""Standard deviation of a target between tokens, in the unit of the control; strong dominance reduces it."""

_SLUGGISH = np.array([1.5 if ARTICULATOR[control] in ("protrusion", "velum", "jaw") else 1.0 for control in CONTROLS])
_REACH = 0.35  # s, range before and after a sound in which it has an effect
_GLOTTIS_SPEED, _LUNG_SPEED = 140.0, 90.0  # rad/s
_GLOTTIS_LEAD = 0.015  # s, lead of the glottis before the mouth
_ACCENT_WIDTH = 0.09  # s, standard deviation of a pitch accent
_FREE = 1e-10  # total dominance below which no sound sets a control


@dataclass(frozen=True, eq=False)
class Habits:
    """Individual targets and dynamics of a speaker's movements."""

    targets: dict[str, np.ndarray] = field(default_factory=lambda: {name: phone.target for name, phone in SOUNDS.items()})
    dominance: dict[str, np.ndarray] = field(default_factory=lambda: {name: phone.dominance for name, phone in SOUNDS.items()})
    token_spread: np.ndarray = field(default_factory=TOKEN_SPREAD.copy)
    speed: float = 1.0  # factor on SPEED
    lead: float = 0.0  # s, lead of gestures before their sound
    overlap: float = 0.022  # s over which neighbouring gestures blend
    pitch: float = 115.0  # Hz
    pitch_range: float = 0.16  # range of the natural logarithm of the pitch
    pressure: float = 8000.0  # dyn/cm^2, subglottal pressure


@dataclass(frozen=True, eq=False)
class GesturalScore:
    """Gestural score: the input of the vocal tract, at FRAME_RATE."""

    controls: np.ndarray  # (frames, 13) in the order of CONTROLS
    glottis: np.ndarray  # (frames,) cm^2
    pressure: np.ndarray  # (frames,) dyn/cm^2
    pitch: np.ndarray  # (frames,) Hz


def follow(target: np.ndarray, speed: float) -> np.ndarray:
    """Return the solution y of y'' = w^2 (u - y) - 2 w y' for u = `target`, w = `speed`, at rest on the first value."""
    keep = np.exp(-speed / FRAME_RATE)
    for _ in range(2):
        target = target[0] + lfilter([1 - keep], [1, -keep], target - target[0])
    return target


def gestural_score(segments: tuple[Segment, ...], habits: Habits, rng: np.random.Generator) -> GesturalScore:
    """Return the gestural score of one utterance."""
    clock = np.arange(int(np.ceil(segments[-1].end * FRAME_RATE)) + 1) / FRAME_RATE
    glottis, pressure = _breath(segments, clock, habits.pressure)
    return GesturalScore(_controls(segments, clock, habits, rng), glottis, pressure, _pitch(segments, clock, habits, rng))


def _controls(segments: tuple[Segment, ...], clock: np.ndarray, habits: Habits, rng: np.random.Generator) -> np.ndarray:
    speed = SPEED * habits.speed
    lead = (2 / speed + habits.lead)[:, None]  # the second-order system lags by 2 / speed
    steepness = 2 / (habits.overlap * _SLUGGISH)[:, None]
    pull, weight = np.zeros((2, len(CONTROLS), len(clock)))
    for segment in segments:
        dominance = habits.dominance[segment.sound]
        jitter = rng.standard_normal(len(CONTROLS)) * habits.token_spread / (1 + 0.15 * dominance)
        near = _near(segment, clock)
        rise = np.exp((segment.start - lead - clock[near]) * steepness)
        fall = np.exp((clock[near] - segment.end + lead) * steepness)
        activation = np.maximum(1 / ((1 + rise) * (1 + fall)), 1e-9) * dominance[:, None]
        pull[:, near] += activation * (habits.targets[segment.sound] + jitter)[:, None]
        weight[:, near] += activation
    target = pull / np.maximum(weight, _FREE / 100)
    for row, free in zip(target, weight < _FREE, strict=True):
        if free.any() and not free.all():
            row[free] = np.interp(clock[free], clock[~free], row[~free])
    return np.stack([follow(row, pace) for row, pace in zip(target, speed, strict=True)], axis=1)


def _breath(segments: tuple[Segment, ...], clock: np.ndarray, lungs: float) -> tuple[np.ndarray, np.ndarray]:
    """Return glottal area and lung pressure; after a voiceless stop the glottis stays open into the next sound (aspiration)."""
    area, weight, blow = np.zeros((3, len(clock)))
    for segment in segments:
        phone = SOUNDS[segment.sound]
        near = _near(segment, clock)
        late = 0.025 if phone.kind == "stop" and phone.open_glottis else -0.008
        rise = np.exp((segment.start - 0.012 - clock[near]) / 0.008)
        fall = np.exp((clock[near] - segment.end - late) / 0.008)
        activation = 1 / ((1 + rise) * (1 + fall))
        strength = activation * (3 if phone.open_glottis else 1)
        area[near] += strength * phone.glottis
        weight[near] += strength
        blow[near] = np.maximum(blow[near], activation * segment.effort)
    glottis = follow(area / np.maximum(weight, 1e-9), _GLOTTIS_SPEED)
    ahead = np.minimum(np.arange(len(clock)) + round(_GLOTTIS_LEAD * FRAME_RATE), len(clock) - 1)
    return glottis[ahead], follow(blow, _LUNG_SPEED) * lungs


def _pitch(segments: tuple[Segment, ...], clock: np.ndarray, habits: Habits, rng: np.random.Generator) -> np.ndarray:
    """Return the pitch in Hz: a fall over the sentence, a rise at each accent and slow random variation."""
    start, end = segments[0].end, segments[-1].start
    log = habits.pitch_range * (0.45 - 0.9 * np.clip((clock - start) / max(end - start, 0.1), 0, 1))
    for segment in segments:
        if segment.prominent:
            distance = (clock - (segment.start + segment.end) / 2) / _ACCENT_WIDTH
            log += habits.pitch_range * rng.uniform(0.2, 1) * np.exp(-0.5 * distance**2)
    log += habits.pitch_range * 0.12 * lfilter([0.03], [1, -0.97], rng.standard_normal(len(clock)))
    return habits.pitch * np.exp(log)


def _near(segment: Segment, clock: np.ndarray) -> slice:
    return slice(max(0, int((segment.start - _REACH) * FRAME_RATE)), min(len(clock), int((segment.end + _REACH) * FRAME_RATE) + 1))
