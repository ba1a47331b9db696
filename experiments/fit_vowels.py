"""Fit nine vowels to real speakers and print the tables of artinv/synth/speaker/vowels.py.

Run as `python -m experiments.fit_vowels [--rounds 5]`. It fits the vowels that eight synthetic speakers say in sentences, where
neighbouring sounds pull at them: each round fits the controls of the adult male to goals (formants and coil positions together, by
damped least squares), lets the speakers articulate sentences, and moves the goals by what is still missing. It prints the round
with the best agreement. The real figures do not include the vowel er, which stays as it is.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch

from artinv.synth.speaker import phones
from artinv.synth.speaker.equivalence import LIMITS
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.anatomy import MALE
from artinv.synth.tract.controls import CONTROL, CONTROLS
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube
from experiments.people import CENTRE, COLUMNS, Vowels, compared, population, real_vowels, synthetic_vowels

#        jaw  ap_s ap_d tb_s tb_d td_s  td_d rt_d  lh   lp  vel lat lar
TEXTBOOK = {
    "iy": [2.5, 2.85, 7.0, 2.27, 3.0, 1.62, 10., 22., 7.5, -1.5, 0, 0, 1.0],
    "ih": [5.0, 2.80, 9.0, 2.22, 6.0, 1.58, 12., 18., 8.0, -0.5, 0, 0, 0.5],
    "eh": [8.0, 2.78, 12., 2.15, 10., 1.55, 15., 16., 9.0, -0.5, 0, 0, 0.0],
    "ae": [12., 2.78, 15., 2.15, 14., 1.52, 18., 13., 10., -1.0, 0, 0, 0.0],
    "aa": [13., 2.68, 18., 1.98, 18., 1.40, 16., 4.5, 8.0, 0.5, 0, 0, 0.0],
    "ao": [9.5, 2.60, 17., 1.92, 18., 1.38, 12., 6.0, 4.0, 5.0, 0, 0, -1.],
    "uh": [6.0, 2.64, 13., 2.00, 14., 1.50, 9.0, 13., 4.5, 4.0, 0, 0, -1.],
    "uw": [3.5, 2.62, 13., 2.00, 10., 1.62, 5.0, 20., 3.5, 6.5, 0, 0, -2.],
    "ah": [8.0, 2.70, 13., 2.03, 14., 1.47, 14., 10., 7.0, 0.0, 0, 0, 0.0],
}
SPREAD = np.array([2.0, 0.04, 2.0, 0.06, 2.0, 0.06, 2.0, 2.5, 1.2, 0.9, 0.0, 0.0, 0.6])
"""Usual distance of each control from the textbook; 0 fixes a control."""

FREE = np.flatnonzero(SPREAD)
BOUNDS = {**LIMITS, "ap_d": (2.5, 20.0), "tb_d": (2.2, 19.0), "jaw": (1.5, 20.0), "lar": (-4.0, 4.0)}
LOW, HIGH = np.array([BOUNDS[name] for name in CONTROLS]).T
POSITION_MM = np.array([1.0, 1.0, 1.0, 1.2, 1.0, 1.0, 0.6, 0.8, 0.6, 0.8, 0.8, 1.0])
"""Error of a coil position that counts as much as any other, in the order of COLUMNS."""

FORMANT_WEIGHTS = np.array([12.0, 12.0, 5.0])
POSITION_WEIGHT, TEXTBOOK_WEIGHT, LENGTH_WEIGHT = 0.5, 0.12, 0.3
TONGUE_MM = 29.0  # distance between tongue apex and body
STEPS, STEP = 25, 0.05
MOVED = 0.5  # share of what is missing by which goals move
EXPANDED = 1.15  # first goals lie beyond the real figures, because vowels in sentences do not reach their targets


@dataclass(eq=False)
class Goals:
    """What the controls are fitted to."""

    positions: np.ndarray  # (vowels, 12) mm
    formants: dict[str, np.ndarray]  # sex -> (vowels, 3) Hz


class Fit:
    """Least squares over the controls of the vowels of the adult male."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.geometry, self.tube = Geometry(MALE), Tube(MALE, 512)
        self.textbook = np.array([TEXTBOOK[name] for name in names])

    def outcome(self, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return formants (vowels, 3) in Hz and coils (vowels, 12) in mm."""
        values = torch.tensor(controls, dtype=torch.float32)
        with torch.no_grad():
            hertz = resonances(self.geometry, self.tube, values).numpy()
            return np.nan_to_num(hertz, nan=4000.0), self.geometry.coils(values).numpy()[:, : len(COLUMNS)]

    def residuals(self, controls: np.ndarray, goals: Goals) -> np.ndarray:
        """Return the weighted errors (vowels, errors)."""
        hertz, coils = self.outcome(controls)
        length = (controls[:, CONTROL["ap_s"]] - controls[:, CONTROL["tb_s"]]) * MALE.oral_mm
        return np.hstack([
            np.log(hertz / goals.formants["male"]) * FORMANT_WEIGHTS, (coils - goals.positions) / POSITION_MM * POSITION_WEIGHT,
            (controls - self.textbook)[:, FREE] / SPREAD[FREE] * TEXTBOOK_WEIGHT, (length - TONGUE_MM)[:, None] / 2 * LENGTH_WEIGHT,
        ])

    def improved(self, controls: np.ndarray, goals: Goals) -> np.ndarray:
        """Return controls nearer to the goals: Levenberg-Marquardt steps, each vowel with a damping of its own."""
        errors, damping = self.residuals(controls, goals), np.full(len(controls), 0.1)
        for _ in range(STEPS):
            shifted = [controls + STEP * SPREAD * (np.arange(len(CONTROLS)) == control) for control in FREE]
            slopes = np.stack([(self.residuals(trial, goals) - errors) / STEP for trial in shifted], axis=2)
            curvature = slopes.transpose(0, 2, 1) @ slopes + damping[:, None, None] * np.eye(len(FREE))
            step = -np.linalg.solve(curvature, slopes.transpose(0, 2, 1) @ errors[..., None])[..., 0]
            trial = controls.copy()
            trial[:, FREE] += SPREAD[FREE] * np.clip(step, -1.5, 1.5)
            trial = np.clip(trial, LOW, HIGH)
            new = self.residuals(trial, goals)
            better = (new**2).sum(1) < (errors**2).sum(1)
            controls, errors = np.where(better[:, None], trial, controls), np.where(better[:, None], new, errors)
            damping = np.where(better, damping / 2, np.minimum(3 * damping, 1e3))
        return controls


def first_goals(fit: Fit, real: Vowels, controls: np.ndarray) -> Goals:
    """Return goals beyond the real figures; the mean place of the coils stays as it is."""
    formants = {}
    for sex, hertz in real.formants.items():
        published = np.array([FORMANTS[sex][name] for name in real.names], float)[:, 2]  # F3 of the real figures is noisy
        log = np.log(np.column_stack([hertz[:, :2], np.maximum(published, hertz[:, 1] + 400)]))
        formants[sex] = np.exp(log.mean(0) + [EXPANDED, EXPANDED, 1.0] * (log - log.mean(0)))
    return Goals(fit.outcome(controls)[1].mean(0) + EXPANDED * real.positions[CENTRE], formants)


def moved(goals: Goals, synthetic: Vowels, real: Vowels) -> Goals:
    """Return goals moved by what the spoken vowels miss."""
    missing = (real.positions - synthetic.positions)[CENTRE]
    formants = {}
    for sex, hertz in goals.formants.items():
        ratio = (real.formants[sex] / synthetic.formants[sex])[:, :2] ** MOVED
        formants[sex] = hertz * np.column_stack([ratio, np.ones(len(hertz))])
    return Goals(goals.positions + MOVED * (missing - missing.mean(0)), formants)


def adopt(names: tuple[str, ...], controls: np.ndarray, goals: Goals) -> None:
    """Let all speakers that are made from now on aim at these controls and formants."""
    kept = CONTROL["vel"]
    for row, (name, values) in enumerate(zip(names, controls, strict=True)):
        target = phones.PHONES[name].target
        target[:] = np.where(np.arange(len(CONTROLS)) == kept, target, values)
        VOWELS[name][:] = values
        for sex, hertz in goals.formants.items():
            FORMANTS[sex][name] = tuple(hertz[row])


def agreement(result: dict) -> float:
    """Return one figure of merit: correlations high, the worst one too, errors of formants small."""
    correlations = [row["correlation"] for row in result["columns"].values()]
    errors = [value for error in result["formant_error"].values() for value in error.values()]
    return float(np.mean(correlations) + min(correlations) / 2 - np.sum(errors) / 2)


def main() -> None:
    """Fit and print rows for the tables of artinv/synth/speaker/vowels.py."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    real = real_vowels()
    fit, controls = Fit(real.names), np.array([VOWELS[name] for name in real.names])
    goals, best = first_goals(fit, real, controls), (-np.inf, controls, Goals(np.empty(0), {}))
    for number in range(rounds):
        controls = fit.improved(controls, goals)
        adopt(real.names, controls, goals)
        synthetic, spread = synthetic_vowels(population(accents=False), real.names)
        result = compared(synthetic, spread, real)
        merit = agreement(result)
        print(f"round {number + 1}: mean correlation {result['mean_correlation']:.3f}, agreement {merit:.3f}", flush=True)
        best = max(best, (merit, controls.copy(), goals), key=lambda entry: entry[0])
        goals = moved(goals, synthetic, real)
    for name, row in zip(real.names, best[1], strict=True):
        print(f'    "{name}": {[round(float(value), 3) for value in row]},')
    for sex, hertz in best[2].formants.items():
        rows = (f'"{name}": {tuple(round(value) for value in row)}' for name, row in zip(real.names, hertz, strict=True))
        print(f"{sex}: {', '.join(rows)}")


if __name__ == "__main__":
    main()
