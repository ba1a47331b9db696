"""Articulatory targets of English sounds for the base speaker, an adult man.

A target is a value of a control: `_s` is the place along the wall (0 larynx, 1 end of the pharynx, 2 front end of
the fan, 3 upper incisors), `_d`, `jaw`, `lh` and `lp` are millimetres, `vel` is 0 for a raised velum and 1 for an open port.
A distance below 0 is a virtual target behind the wall: tongue or lips press, and the contact has a duration.

Dominance is the weight of a target against the targets of neighbouring phones. A control that a phone does not specify has
dominance 0 and follows the neighbours (coarticulation).
"""

from dataclasses import dataclass

import numpy as np

from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.tract.controls import CONTROL, CONTROLS

ARTICULATOR = {
    "jaw": "jaw", "ap_s": "tip", "ap_d": "tip", "tb_s": "place", "tb_d": "body", "td_s": "place", "td_d": "body", "rt_d": "body",
    "lh": "lips", "lp": "protrusion", "vel": "velum", "lat": "sides", "lar": "larynx",
}
"""Control -> its articulator; dominance, speed and individual variation are set per articulator."""


@dataclass(frozen=True, eq=False)
class Phone:
    """One steady sound."""

    name: str
    kind: str  # vowel | stop | nasal | fricative | glide | aspirate | silence
    seconds: float  # duration, unstressed, at rate 1
    glottis: float  # cm^2, area
    target: np.ndarray  # (13,), one value per control
    dominance: np.ndarray  # (13,), one value per control; 0: not specified

    @property
    def open_glottis(self) -> bool:
        """Return whether the glottis is too wide for voicing."""
        return self.glottis > 0.12


def _phone(name: str, kind: str, ms: float, glottis: float, dominance: dict[str, float], **targets: float) -> Phone:
    values, weights = np.zeros(len(CONTROLS)), np.zeros(len(CONTROLS))
    for control, value in targets.items():
        articulator = ARTICULATOR[control]
        default = dominance.get("body", 0.03) if articulator == "place" else 0.03
        values[CONTROL[control]], weights[CONTROL[control]] = value, dominance.get(articulator, default)
    return Phone(name, kind, ms / 1000, glottis, values, weights)


_VOWEL_MS = {"iy": 100, "ih": 70, "eh": 85, "ae": 120, "aa": 120, "ao": 115, "uh": 75, "uw": 105, "ah": 65, "er": 100}
_VOWEL_VELUM = {"iy": -0.05, "eh": 0.08, "ae": 0.16, "aa": 0.18, "ao": 0.15, "uh": 0.02, "uw": -0.04, "ah": 0.1, "er": 0.04}
"""Velum target; the velum is slightly lower in low vowels, with a closed port."""

_VOWEL = {"tip": 2.4, "body": 1.0, "lips": 1.0, "protrusion": 0.8, "jaw": 0.8, "velum": 0.6, "sides": 1.0, "larynx": 1.0}


def _vowel(name: str) -> Phone:
    targets = dict(zip(CONTROLS, VOWELS[name], strict=True)) | {"vel": _VOWEL_VELUM.get(name, 0.0)}
    return _phone(name, "vowel", _VOWEL_MS[name], 0.05, _VOWEL, **targets)


_LABIAL = {"lips": 25.0, "jaw": 2.5, "protrusion": 0.4, "velum": 12.0, "sides": 1.0}
_CORONAL = {"tip": 25.0, "jaw": 5.0, "body": 0.5, "lips": 0.15, "velum": 12.0, "sides": 2.0}
_VELAR = {"body": 18.0, "place": 1.2, "tip": 0.6, "jaw": 1.5, "velum": 12.0, "sides": 1.0}
_SIBILANT = {"tip": 40.0, "jaw": 15.0, "body": 1.5, "lips": 0.4, "velum": 12.0, "sides": 4.0}
_HUSHING = {"tip": 30.0, "jaw": 15.0, "body": 5.0, "lips": 1.0, "protrusion": 4.0, "velum": 12.0, "sides": 4.0}
_LABIODENTAL = {"lips": 25.0, "jaw": 5.0, "protrusion": 3.0, "velum": 12.0, "sides": 1.0}
_DENTAL = {"tip": 25.0, "jaw": 6.0, "body": 0.5, "lips": 0.5, "velum": 12.0, "sides": 2.0}
_LATERAL = {"tip": 20.0, "jaw": 1.5, "body": 1.6, "lips": 0.2, "velum": 2.0, "sides": 8.0}
_RHOTIC = {"tip": 4.0, "body": 3.0, "lips": 0.8, "protrusion": 1.5, "jaw": 1.5, "velum": 1.0, "sides": 2.0}
_LABIOVELAR = {"lips": 8.0, "protrusion": 6.0, "body": 3.0, "jaw": 1.5, "tip": 0.3, "velum": 1.0, "sides": 1.0}
_PALATAL = {"body": 4.0, "tip": 0.6, "lips": 0.4, "protrusion": 0.5, "jaw": 1.5, "velum": 1.0, "sides": 1.0}
_REST = {"jaw": 0.7, "tip": 0.7, "body": 0.7, "lips": 1.0, "protrusion": 1.0, "velum": 0.6, "sides": 1.0, "larynx": 1.0}

_CONSONANTS = (
    _phone("p", "stop", 85, 0.22, _LABIAL, lh=-2.5, jaw=3.5, lp=0.3, vel=-0.1, lat=0),
    _phone("b", "stop", 75, 0.05, _LABIAL, lh=-2.2, jaw=4, lp=0.3, vel=-0.08, lat=0),
    _phone("m", "nasal", 75, 0.05, _LABIAL, lh=-1.8, jaw=4, lp=0.2, vel=1, lat=0),
    _phone("t", "stop", 80, 0.22, _CORONAL, ap_s=2.84, ap_d=-3, jaw=2, tb_s=2.16, tb_d=9.03, lh=9, vel=-0.1, lat=0),
    _phone("d", "stop", 65, 0.05, _CORONAL, ap_s=2.84, ap_d=-3, jaw=2.6, tb_s=2.16, tb_d=10.28, lh=9, vel=-0.08, lat=0),
    _phone("n", "nasal", 70, 0.05, _CORONAL | {"jaw": 3.0, "body": 0.4},
           ap_s=2.84, ap_d=-2.5, jaw=3.6, tb_s=2.14, tb_d=11.53, lh=9.5, vel=1, lat=0),
    _phone("l", "glide", 75, 0.05, _LATERAL,
           ap_s=2.84, ap_d=-1.5, jaw=5.5, tb_s=2.02, tb_d=15.9, td_d=11.38, td_s=1.47, rt_d=9, lh=9.5, vel=0.05, lat=1),
    _phone("s", "fricative", 105, 0.24, _SIBILANT, ap_s=2.84, ap_d=1.05, jaw=1, tb_s=2.19, tb_d=8.4, lh=9, vel=-0.1, lat=0),
    _phone("z", "fricative", 80, 0.10, _SIBILANT, ap_s=2.84, ap_d=1.15, jaw=1.2, tb_s=2.19, tb_d=8.65, lh=9, vel=-0.1, lat=0),
    _phone("sh", "fricative", 110, 0.24, _HUSHING, ap_s=2.62, ap_d=1.7, jaw=1.2, tb_s=2.39, tb_d=4.03, lh=6, lp=4, vel=-0.1, lat=0),
    _phone("zh", "fricative", 80, 0.10, _HUSHING, ap_s=2.62, ap_d=1.8, jaw=1.4, tb_s=2.39, tb_d=4.4, lh=6, lp=4, vel=-0.1, lat=0),
    _phone("f", "fricative", 95, 0.22, _LABIODENTAL, lh=0.55, jaw=3, lp=-1, vel=-0.1, lat=0),
    _phone("v", "fricative", 65, 0.08, _LABIODENTAL | {"lips": 20.0, "jaw": 4.0}, lh=0.75, jaw=3.5, lp=-1, vel=-0.08, lat=0),
    _phone("th", "fricative", 85, 0.22, _DENTAL, ap_s=2.94, ap_d=1.3, jaw=4, tb_s=2.21, tb_d=10.28, lh=10, vel=0, lat=0),
    _phone("dh", "fricative", 50, 0.07, _DENTAL | {"tip": 20.0, "jaw": 5.0, "lips": 0.4},
           ap_s=2.93, ap_d=1.2, jaw=4.3, tb_s=2.21, tb_d=10.28, lh=10, vel=-0.08, lat=0),
    _phone("k", "stop", 85, 0.22, _VELAR, tb_s=1.96, tb_d=-3.5, td_s=1.6, td_d=3.25, ap_s=2.56, ap_d=12, jaw=4.5, vel=-0.1, lat=0),
    _phone("g", "stop", 70, 0.05, _VELAR, tb_s=1.96, tb_d=-3.2, td_s=1.6, td_d=3.88, ap_s=2.56, ap_d=12, jaw=4.5, vel=-0.08, lat=0),
    _phone("ng", "nasal", 80, 0.05, _VELAR,
           tb_s=1.92, tb_d=-2.8, td_s=1.6, td_d=3.88, ap_s=2.56, ap_d=13, jaw=5.5, vel=1, lat=0),
    _phone("r", "glide", 75, 0.05, _RHOTIC,
           ap_s=2.5, ap_d=5, tb_s=2.24, tb_d=10.9, rt_d=7.5, td_d=13.25, lh=6, lp=3.2, jaw=4.5, vel=0, lat=0),
    _phone("w", "glide", 70, 0.05, _LABIOVELAR,
           td_s=1.72, td_d=2.62, tb_s=1.9, tb_d=11.53, rt_d=18, lh=2.6, lp=6.5, jaw=3.5, ap_d=13, ap_s=2.56, vel=0, lat=0),
    _phone("y", "glide", 60, 0.05, _PALATAL,
           tb_s=2.37, tb_d=3.65, td_s=1.62, td_d=10.75, rt_d=24, ap_d=8, ap_s=2.8, lh=7, lp=-1, jaw=3, vel=0, lat=0),
    _phone("hh", "aspirate", 60, 0.19, {"velum": 0.5, "sides": 0.5}, vel=0.1, lat=0),
    _phone("sil", "silence", 200, 0.30, _REST, jaw=3, ap_s=2.76, ap_d=6, tb_s=2.1, tb_d=9, td_s=1.55, td_d=11, rt_d=13,
           lh=1, lp=0, vel=0.85, lat=0, lar=0),
)

PHONES = {phone.name: phone for phone in (*(_vowel(name) for name in VOWELS), *_CONSONANTS)}
"""Name -> steady sound; `sil` is silence."""

GLIDING = {
    "ey": (("eh", 0.0825), ("iy", 0.0675)), "ay": (("aa", 0.0825), ("ih", 0.0675)), "ow": (("ao", 0.0825), ("uw", 0.0675)),
    "aw": (("aa", 0.0825), ("uh", 0.0675)), "oy": (("ao", 0.0825), ("ih", 0.0675)),
    "ch": (("t", 0.0483), ("sh", 0.0667)), "jh": (("d", 0.0483), ("zh", 0.0667)),
}
"""Diphthong or affricate -> its two steady sounds with their durations in s; both sounds share one label."""

SYLLABIC = (*VOWELS, "ey", "ay", "ow", "aw", "oy")
"""Phones that carry a stress digit."""


def steady(name: str) -> tuple[tuple[str, float], ...]:
    """Return the steady sounds of a phone with their durations in s at rate 1."""
    return GLIDING.get(name) or ((name, PHONES[name].seconds),)
