"""Motor equivalence: other articulations, or other anatomies, with the same formants."""

import numpy as np
import torch

from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import BOUNDS, CONTROL, CONTROLS
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube

SCALE = np.array([2.0, 0.03, 2.0, 0.06, 1.6, 0.05, 1.8, 2.2, 1.5, 1.2, 0.0, 0.0, 2.5])
"""Variation of each control between speakers of a vowel: the metric in which corrections are minimal; 0 fixes a control."""

LIMITS = {**BOUNDS, "ap_d": (2.5, 24.0), "tb_d": (2.2, 24.0), "td_d": (2.0, 24.0), "ap_s": (2.45, 2.85), "lh": (2.0, 18.0)}
"""Control -> lowest and highest value in a vowel, so that the tract stays open."""

_LOW, _HIGH = np.array([LIMITS[name] for name in CONTROLS]).T
_FREE = np.flatnonzero(SCALE)
_STEP = 0.12  # in units of SCALE, for finite differences
_DAMPING = 0.003


def scaled(controls: np.ndarray, size: float) -> np.ndarray:
    """Return targets (..., 13) for a tract of another `size`: distances are scaled, places and contacts are kept."""
    distances = [CONTROL[name] for name in ("jaw", "ap_d", "tb_d", "td_d", "rt_d", "lh", "lp")]
    result = controls.copy()
    result[..., distances] *= np.where(result[..., distances] > 0, size, 1.0)
    return result


def compensate(anatomy: Anatomy, controls: np.ndarray, hertz: np.ndarray, rounds: int = 8) -> np.ndarray:
    """Return vowels (N, 13), changed as little as possible, whose formants in this anatomy are `hertz` (N, 3).

    Damped Gauss-Newton steps on log formants; derivatives are finite differences, all vowels and controls in one batch.
    """
    geometry, tube = Geometry(anatomy), Tube(anatomy)
    x = np.clip(controls, _LOW, _HIGH)
    for _ in range(rounds):
        trials = x + np.concatenate([np.zeros((1, len(SCALE))), (_STEP * SCALE * np.eye(len(SCALE)))[_FREE]])[:, None]
        with torch.no_grad():
            reached = resonances(geometry, tube, torch.tensor(trials.reshape(-1, len(SCALE)), dtype=torch.float32)).numpy()
        reached = np.log(np.nan_to_num(reached, nan=4000.0)).reshape(len(trials), len(x), 3)
        slopes = (reached[1:] - reached[0]).transpose(1, 2, 0) / _STEP  # (N, 3, free controls), per unit of SCALE
        residual = np.clip(np.log(hertz) - reached[0], -0.15, 0.15)
        inner = slopes @ slopes.transpose(0, 2, 1) + _DAMPING * np.eye(3)
        step = (slopes.transpose(0, 2, 1) @ np.linalg.solve(inner, residual[..., None]))[..., 0]
        x[:, _FREE] += SCALE[_FREE] * np.clip(step, -1.2, 1.2)
        x = np.clip(x, _LOW, _HIGH)
    return x
