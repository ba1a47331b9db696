"""Synthetic speakers: anatomy, voice, habits and recording conditions, drawn at random from a name and a seed."""

from dataclasses import dataclass, replace

import numpy as np

from artinv.core.random_draws import Dice
from artinv.runtime.params import Params
from artinv.synth.speaker.accents import Accent
from artinv.synth.speaker.gestures import TOKEN_SPREAD, Habits
from artinv.synth.speaker.habits import personal
from artinv.synth.speaker.likeness import largest_excess
from artinv.synth.speaker.recorder import Articulograph, Microphone
from artinv.synth.speaker.timing import Pace
from artinv.synth.tract.anatomy import ADULTS, FEMALE, Anatomy
from artinv.synth.tract.source import Voice

_ATTEMPTS = 16
_TOLERATED = 0.08
"""Largest accepted `largest_excess`, in widths of the range of real speakers."""


class Variability(Params):
    """Scale of the differences between speakers and between tokens; 0 removes a difference, 1 is a moderate spread."""

    anatomy: float = 1.3  # sizes and shapes of the tract
    coils: float = 0.6  # positions of coils, rotation and origin of the head frame
    habits: float = 1.2  # targets, gains and strategies that are audible
    equivalence: float = 3.0  # inaudible differences in vowels, which make inversion speaker-dependent
    timing: float = 1.0  # tempo, coarticulation
    voice: float = 1.0  # pitch, open quotient, breathiness
    channel: float = 1.0  # frequency response and noise of the microphone
    token: float = 1.0  # differences between tokens of a phone
    ema_noise: float = 1.0  # noise, wobble and drift of the articulograph


@dataclass(frozen=True, eq=False)
class Speaker:
    """A speaker: all that is constant over the sentences of a session."""

    name: str
    session: str  # key of the random numbers that differ between sentences
    anatomy: Anatomy
    voice: Voice
    habits: Habits
    pace: Pace
    microphone: Microphone
    articulograph: Articulograph
    accent: Accent | None = None  # how this speaker says running speech; None: careful speech


def sex_of(name: str) -> str:
    """Return the sex of the synthetic speaker `name`: names that begin with f or F are women, all others men.

    >>> sex_of("F01"), sex_of("faet0"), sex_of("msak0")
    ('female', 'female', 'male')
    """
    return "female" if name[0] in "fF" else "male"


def make_speaker(name: str, variability: Variability | None = None, seed: int = 0) -> Speaker:
    """Return the speaker `name`, a woman or a man by `sex_of`.

    A speaker whose coil statistics are outside the range of real speakers is drawn again, because some combinations of independent
    traits are unrealistic. The result is the most realistic of at most 16 draws.
    """
    spread = variability or Variability()
    candidates: list[tuple[float, int, Speaker]] = []
    for attempt in range(_ATTEMPTS):
        speaker = draw_speaker(name, spread, (seed, name, attempt))
        deviation = largest_excess(speaker.anatomy, speaker.habits, speaker.pace, speaker.articulograph)
        repeated = bool(candidates) and deviation == candidates[-1][0]  # without variability all draws are equal
        candidates.append((deviation, attempt, speaker))
        if deviation < _TOLERATED or repeated:
            break
    return min(candidates)[2]


def draw_speaker(name: str, spread: Variability, key: tuple[object, ...]) -> Speaker:
    """Return the speaker drawn with the random key `key`, realistic or not."""
    base = ADULTS[sex_of(name)]
    anatomy = _placed(_anatomy(Dice(*key, "anatomy"), spread.anatomy, base), Dice(*key, "coils"), spread.coils)
    targets, dominance = personal(key, anatomy, spread.habits, spread.equivalence)
    tempo, voice = Dice(*key, "timing"), Dice(*key, "voice")
    habits = Habits(
        targets=targets, dominance=dominance, token_spread=TOKEN_SPREAD * spread.token,
        speed=tempo.factor(0.10 * spread.timing), lead=0.006 * spread.timing * tempo.normal(),
        overlap=0.022 * tempo.factor(0.25 * spread.timing),
        pitch=(200 if base is FEMALE else 112) * voice.factor(0.12 * spread.voice),
        pitch_range=0.16 * voice.factor(0.3 * spread.voice), pressure=8000 * voice.factor(0.1 * spread.voice),
    )
    return Speaker(
        name=name, session="/".join(map(str, key)), anatomy=anatomy, voice=_voice(voice, spread.voice, base), habits=habits,
        pace=Pace(stretch=tempo.factor(0.09 * spread.timing)), microphone=_microphone(Dice(*key, "microphone"), spread.channel),
        articulograph=_articulograph(Dice(*key, "articulograph"), spread),
    )


def _anatomy(dice: Dice, spread: float, base: Anatomy) -> Anatomy:
    """Return a random anatomy: all sizes share the factor `size`, and each also varies on its own."""
    size, radius = base.size * dice.factor(0.045 * spread), base.fan_mid_radius_mm * dice.factor(0.03 * spread)
    return replace(
        base, size=size, fan_mid_radius_mm=radius, fan_wall_mm=radius + 8 * size, lip_mm=9 * size,
        pharynx_mm=base.pharynx_mm * dice.factor(0.06 * spread), oral_mm=base.oral_mm * dice.factor(0.035 * spread),
        larynx_mm=base.larynx_mm * dice.factor(0.08 * spread),
        palate_height_mm=base.palate_height_mm * size / base.size * dice.factor(0.12 * spread),
        palate_dome=float(np.clip(base.palate_dome + 0.3 * spread * dice.normal(), 0, 1)),
        alpha_oral=base.alpha_oral * dice.factor(0.10 * spread), alpha_ph=base.alpha_ph * dice.factor(0.10 * spread),
        nasal_mm=base.nasal_mm * dice.factor(0.05 * spread), nasal_scale=dice.factor(0.2 * spread),
        wall=dice.factor(0.2 * spread), jaw_angle_deg=27 + 4 * spread * dice.normal(),
    )


def _placed(anatomy: Anatomy, dice: Dice, spread: float) -> Anatomy:
    """Return the anatomy with random displacements of the coils."""

    def displaced(point: tuple[float, float], mm: float) -> tuple[float, float]:
        return point[0] + mm * spread * dice.normal(), point[1] + mm * spread * dice.normal()

    return replace(
        anatomy, tt_off=anatomy.tt_off - 2 + 1.2 * spread * dice.normal(), tb_off=anatomy.tb_off + 3 * spread * dice.normal(),
        td_off=anatomy.td_off + 4 * spread * dice.normal(), v_s=anatomy.v_s + 0.03 * spread * dice.normal(),
        ul_off=displaced(anatomy.ul_off, 1.0), ll_off=displaced((anatomy.ll_off[0] - 1, anatomy.ll_off[1] - 4.5), 1.0),
    )


def _voice(dice: Dice, spread: float, base: Anatomy) -> Voice:
    open_quotient = float(np.clip((0.66 if base is FEMALE else 0.58) + 0.06 * spread * dice.normal(), 0.42, 0.85))
    return Voice(
        oq=open_quotient, tilt=3500 * dice.factor(0.3 * spread), jitter=0.006 * dice.factor(0.3 * spread),
        asp=dice.factor(0.45 * spread), fric=dice.factor(0.25 * spread),
    )


def _microphone(dice: Dice, spread: float) -> Microphone:
    return Microphone(
        tilt=3 * spread * dice.normal(), presence=2.5 * spread * dice.normal(), highpass=70 * dice.factor(0.3 * spread),
        snr=38 + 5 * spread * dice.normal(),
    )


def _articulograph(dice: Dice, spread: Variability) -> Articulograph:
    return Articulograph(
        rotation=-2 + 3 * spread.coils * dice.normal(),
        shift=(1.5 * spread.coils * dice.normal(), -2 + 1.5 * spread.coils * dice.normal()),
        noise=0.15 * spread.ema_noise, wobble=0.25 * spread.ema_noise, drift=0.2 * spread.ema_noise,
    )
