"""Individual articulation: how the targets of a speaker differ from those of the base speaker."""

import numpy as np

from artinv.core.random_draws import Dice
from artinv.synth.speaker.allophones import derived
from artinv.synth.speaker.equivalence import SCALE, compensate
from artinv.synth.speaker.phones import ARTICULATOR, PHONES
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.anatomy import ADULTS, Anatomy
from artinv.synth.tract.controls import CONTROL, CONTROLS

_OFFSET = {"jaw": 1.0, "ap_s": 0.02, "ap_d": 0.8, "tb_s": 0.03, "tb_d": 0.8, "td_s": 0.03, "td_d": 1.0, "rt_d": 1.2, "lh": 0.5,
           "lp": 0.6, "vel": 0.04, "lat": 0.0, "lar": 1.0}
_OFFSETS = np.array([_OFFSET[control] for control in CONTROLS])
_BUNCHED_R = {"ap_s": 2.70, "ap_d": 11.0, "tb_s": 2.38, "tb_d": 3.8}
_DISTANCES = ("ap_d", "tb_d", "td_d", "rt_d", "lh", "jaw", "lp")

_RANGED = ("jaw", "lp", "lh", "ap_s", "tb_s", "td_s", "vel")
"""Controls whose range of targets differs between speakers."""

Targets = dict[str, np.ndarray]


def personal(key: tuple, anatomy: Anatomy, habits: float, equivalence: float) -> tuple[Targets, Targets]:
    """Return the targets and dominances of the speaker with random key `key`.

    `habits` scales audible differences. `equivalence` scales inaudible ones: vowels are displaced and then corrected until they
    reach their formants again. These make inversion speaker-dependent.
    """
    targets = _targets(Dice(*key, "habits"), habits, anatomy.size)
    wanted = np.array([targets[vowel] for vowel in VOWELS])
    wanted += equivalence * SCALE * Dice(*key, "equivalence").normal(wanted.shape)
    targets |= dict(zip(VOWELS, compensate(anatomy, wanted, formants(anatomy)), strict=True))
    strength = {articulator: Dice(*key, "dominance", articulator).factor(0.35 * habits) for articulator in ARTICULATOR.values()}
    factor = np.array([strength[ARTICULATOR[control]] for control in CONTROLS])
    dominance = {name: phone.dominance * factor for name, phone in PHONES.items()}
    aims, weights = derived(targets, dominance)
    return targets | aims, dominance | weights


def formants(anatomy: Anatomy) -> np.ndarray:
    """Return the target formants (vowels, 3) in Hz: those of men or women, scaled by the length of the tract."""
    group, base = min(ADULTS.items(), key=lambda pair: abs(pair[1].tract_mm - anatomy.tract_mm))
    return np.array([FORMANTS[group][vowel] for vowel in VOWELS]) * base.tract_mm / anatomy.tract_mm


def _targets(dice: Dice, habits: float, size: float) -> Targets:
    gain = {control: dice.factor(0.12 * habits) for control in _RANGED}
    common = _OFFSETS * habits * dice.normal(len(CONTROLS))
    bunched = dice.chance(min(0.5 * habits, 0.5))
    mean = np.mean([PHONES[vowel].target for vowel in VOWELS], axis=0)
    targets = {}
    for name, phone in PHONES.items():
        target = phone.target.copy()
        if name == "r" and bunched:
            for control, value in _BUNCHED_R.items():
                target[CONTROL[control]] = value
        for control in ("jaw", "lp", *(("ap_s", "tb_s", "td_s") if phone.kind == "vowel" else ())):
            usual = mean[CONTROL[control]]
            target[CONTROL[control]] = usual + (target[CONTROL[control]] - usual) * gain[control]
        if target[CONTROL["lh"]] > 1.5:
            target[CONTROL["lh"]] *= gain["lh"]
        if target[CONTROL["vel"]] > 0.3:
            target[CONTROL["vel"]] *= gain["vel"]
        own = _OFFSETS * habits * 0.9 * dice.normal(len(CONTROLS))
        target += (own + common) / (1 + 0.35 * phone.dominance)  # strongly specified controls vary less
        for control in _DISTANCES:
            if target[CONTROL[control]] > 2.5:
                target[CONTROL[control]] *= size
        root = CONTROL["rt_d"]
        target[root] = max(target[root], 4.5 * size) if phone.dominance[root] > 0 else 0
        targets[name] = target
    return targets
