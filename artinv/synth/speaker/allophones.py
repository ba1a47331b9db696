"""Sounds of running speech beyond the phones of careful speech, derived from a speaker's own phones.

They need no random draws of their own, so a speaker who uses them articulates all other sounds as before.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from artinv.synth.speaker.phones import ARTICULATOR, PHONES, Phone
from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.tract.controls import CONTROLS

FLAP, GLOTTAL, DARK_L, SCHWA, FRONT_U, LOT, NURSE, BREATH = "dx", "q", "ll", "ax", "ux", "oh", "ex", "breath"

_TONGUE = np.array([ARTICULATOR[control] in ("tip", "body", "place") for control in CONTROLS])
_ROOT = np.array([control == "rt_d" for control in CONTROLS])
_LIGHTER = {"ap_d": 0.4}  # mm by which a flap's contact is lighter than that of d
_OPEN = {"jaw": 6.0, "lh": 7.0, "vel": 0.6}
"""Targets of a breath through the mouth: mm, mm, and the port half open."""

_ROUNDING = np.array([ARTICULATOR[control] in ("lips", "protrusion") for control in CONTROLS])


def _where(**values: float) -> np.ndarray:
    """Return a value per control from values per articulator; 1 for the others."""
    return np.array([values.get(ARTICULATOR[control], 1.0) for control in CONTROLS])


def _between(a: np.ndarray, b: np.ndarray, share: float, chosen: np.ndarray) -> np.ndarray:
    return np.where(chosen, (1 - share) * a + share * b, a)


def _control(values: np.ndarray, changes: Mapping[str, float], *, add: bool = False) -> np.ndarray:
    result = values.copy()
    for name, value in changes.items():
        at = CONTROLS.index(name)
        result[at] = result[at] + value if add else value
    return result


def derived(targets: Mapping[str, np.ndarray], dominance: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], ...]:
    """Return targets and dominances (13,) of all allophones of a speaker with these targets and dominances of phones."""
    neutral = np.mean([targets[vowel] for vowel in VOWELS], axis=0)
    aims = {
        FLAP: _control(targets["d"], _LIGHTER, add=True),
        GLOTTAL: neutral,
        DARK_L: np.where(_ROOT, targets["ao"], targets["l"]),
        SCHWA: neutral,
        FRONT_U: _between(targets["uw"], targets["iy"], 0.5, _TONGUE),
        LOT: _between(_between(targets["aa"], targets["ao"], 0.5, _TONGUE), targets["ao"], 0.8, _ROUNDING),
        NURSE: neutral,
        BREATH: _control(targets["sil"], _OPEN),
    }
    weights = {
        FLAP: dominance["d"] * _where(jaw=0.4, tip=0.8),
        GLOTTAL: np.zeros(len(CONTROLS)),
        DARK_L: dominance["l"] * _where(tip=0.5, body=1.5, place=1.5),
        SCHWA: 0.8 * dominance["ah"],
        FRONT_U: dominance["uw"],
        LOT: dominance["aa"],
        NURSE: dominance["ah"],
        BREATH: dominance["sil"],
    }
    return aims, weights


def _sounds() -> dict[str, Phone]:
    targets, weights = derived({name: phone.target for name, phone in PHONES.items()},
                               {name: phone.dominance for name, phone in PHONES.items()})
    base = {FLAP: ("d", 0.028), GLOTTAL: ("b", 0.045), DARK_L: ("l", 0.080), SCHWA: ("ah", 0.060), FRONT_U: ("uw", 0.100),
            LOT: ("aa", 0.095), NURSE: ("er", 0.110), BREATH: ("hh", 0.350)}
    sounds = {name: replace(PHONES[model], name=name, seconds=seconds, target=targets[name], dominance=weights[name])
              for name, (model, seconds) in base.items()}
    return sounds | {BREATH: replace(sounds[BREATH], glottis=0.35), GLOTTAL: replace(sounds[GLOTTAL], glottis=0.01)}


SOUNDS = PHONES | _sounds()
"""Name -> steady sound: the phones and their allophones."""
