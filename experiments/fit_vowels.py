"""Fit the ten vowels of the adult male to published formants and print the table of artinv/synth/speaker/vowels.py.

Run as `python -m experiments.fit_vowels`. A cross-entropy search over the controls starts from textbook positions. The cost is the
error of the log formants, plus the distance from the textbook position in units of SPREAD, plus the deviation of the distance
between tongue apex and body from 29 mm.
"""

import numpy as np
import torch

from artinv.synth.speaker.equivalence import LIMITS
from artinv.synth.speaker.vowels import PUBLISHED
from artinv.synth.tract.anatomy import MALE
from artinv.synth.tract.controls import CONTROL, CONTROLS
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube

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
    "er": [4.5, 2.55, 5.0, 2.08, 10., 1.52, 13., 7.0, 5.0, 3.5, 0, 0, 0.0],
}
SPREAD = np.array([0.0, 0.04, 2.0, 0.06, 2.0, 0.06, 2.0, 2.0, 1.2, 0.9, 0.0, 0.0, 1.2])
WEIGHTS = np.array([1.5, 1.5, 1.2])  # of F1, F2 and F3
TONGUE_MM = 29.0
ROUNDS, TRIED, KEPT = 40, 240, 30


def fit(vowel: str, geometry: Geometry, tube: Tube, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the fitted controls (13,) of a vowel and their resonances (3,) in Hz."""
    start = np.array(TEXTBOOK[vowel])
    low, high = np.array([LIMITS[name] for name in CONTROLS]).T
    mean, spread, best = start, SPREAD.copy(), (np.inf, start, np.zeros(3))
    for _ in range(ROUNDS):
        candidates = np.clip(mean + spread * rng.standard_normal((TRIED, len(start))), low, high)
        with torch.no_grad():
            hertz = resonances(geometry, tube, torch.tensor(candidates, dtype=torch.float32)).numpy()
        error = np.nan_to_num(np.abs(np.log(hertz / PUBLISHED["male"][vowel])), nan=1.0) @ WEIGHTS
        deviation = np.divide(candidates - start, SPREAD, out=np.zeros_like(candidates), where=SPREAD > 0)
        length = (candidates[:, CONTROL["ap_s"]] - candidates[:, CONTROL["tb_s"]]) * MALE.oral_mm
        cost = error + 0.0015 * (deviation**2).sum(1) + 0.004 * ((length - TONGUE_MM) / 2) ** 2
        order = np.argsort(cost)[:KEPT]
        mean, spread = candidates[order].mean(0), np.maximum(candidates[order].std(0), 0.05 * SPREAD)
        if cost[order[0]] < best[0]:
            best = (cost[order[0]], candidates[order[0]], hertz[order[0]])
    return best[1], best[2]


def main() -> None:
    """Fit all vowels and print rows for the table of artinv/synth/speaker/vowels.py."""
    torch.set_num_threads(1)
    geometry, tube, rng = Geometry(MALE), Tube(MALE, 1024), np.random.default_rng(0)
    for vowel in TEXTBOOK:
        controls, hertz = fit(vowel, geometry, tube, rng)
        row = [round(float(value), 3) for value in controls]
        print(f'    "{vowel}": {row},  # {hertz.round()}, published {PUBLISHED["male"][vowel]}')


if __name__ == "__main__":
    main()
