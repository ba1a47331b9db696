"""Derivatives of the outline of the tongue in closed form: of its knots by the controls, and of its heights by the knots."""

import torch
from torch import Tensor

from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import CONTROLS

MOVING = 8
"""Number of controls, the first ones, that move the tongue."""

_KNOTS = 8
_JAW, _AP_S, _AP_D, _TB_S, _TB_D, _TD_S, _TD_D, _ROOT = range(MOVING)
_LARYNX, _LOW_ROOT, _HIGH_ROOT, _DORSUM, _BODY, _APEX, _BELOW, _TEETH = range(_KNOTS)


def knot_slopes(controls: Tensor, anatomy: Anatomy) -> tuple[Tensor, Tensor]:
    """Return the derivatives, (T, 8 knots, 8 controls) each, of s and d of `Geometry.knots` for controls (T, 13)."""
    jaw, ap_s, ap_d, tb_s, _, td_s, *_ = controls.unbind(-1)
    size, unit = anatomy.size, torch.eye(len(CONTROLS), MOVING, dtype=controls.dtype)
    at, height = controls.new_zeros(2, len(controls), _KNOTS, MOVING)
    apex = ap_s.clamp(2.35, 2.96)
    most = apex - (anatomy.tt_off + 6.0) / anatomy.oral_mm
    body = torch.minimum(tb_s, most).clamp(min=1.6)
    last = body - 0.12
    at[:, _APEX] = _where(apex == ap_s, unit[_AP_S])
    at[:, _BODY] = _where(body > 1.6, _where(tb_s < most, unit[_TB_S], at[:, _APEX]))
    at[:, _DORSUM] = _where(torch.minimum(td_s, last) > 1.2, _where(td_s < last, unit[_TD_S], at[:, _BODY]))
    at[:, _HIGH_ROOT] = 0.25 * at[:, _DORSUM]
    at[:, _BELOW] = at[:, _APEX]
    at[:, _TEETH] = _where(apex + 0.055 + 0.03 > 3.02, at[:, _BELOW])
    height[:, _LARYNX], height[:, _LOW_ROOT], height[:, _HIGH_ROOT] = 0.35 * unit[_ROOT], 0.82 * unit[_ROOT], unit[_ROOT]
    height[:, _DORSUM], height[:, _BODY], height[:, _APEX] = unit[_TD_D], unit[_TB_D], unit[_AP_D]
    floor = 1.0 + 6.0 * size + 0.9 * jaw + 35.0 * size * (2.8 - apex).clamp(min=0.0)
    lowered = 0.9 * unit[_JAW] - 35.0 * size * _where(apex < 2.8, at[:, _APEX])
    height[:, _BELOW] = _where(ap_d + 5.0 > floor, unit[_AP_D], lowered)
    height[:, _TEETH] = 0.95 * unit[_JAW]
    return at, height


def _where(holds: Tensor, slopes: Tensor, otherwise: Tensor | float = 0.0) -> Tensor:
    """Return `slopes` in the frames where a condition (T,) holds."""
    return torch.where(holds.unsqueeze(-1), slopes, otherwise)


class Curve:
    """The curve of `monotone_cubic` through knots (T, 8) whose derivatives (T, 8, 8) are known."""

    def __init__(self, at: Tensor, height: Tensor, at_slopes: Tensor, height_slopes: Tensor) -> None:
        step, step_slopes = at.diff(dim=1), at_slopes.diff(dim=1)
        secant = height.diff(dim=1) / step
        secant_slopes = (height_slopes.diff(dim=1) - secant.unsqueeze(-1) * step_slopes) / step.unsqueeze(-1)
        rising = secant[:, :-1] * secant[:, 1:] > 1e-9
        left, right = torch.where(rising, secant[:, :-1], 1.0), torch.where(rising, secant[:, 1:], 1.0)
        before, after = 2 * step[:, 1:] + step[:, :-1], step[:, 1:] + 2 * step[:, :-1]
        scale = rising / (before / left + after / right)
        mean = (before + after) * scale
        by_before, by_after = scale * (1 - mean / left), scale * (1 - mean / right)
        mean_slopes = (
            (mean * scale * before / left**2).unsqueeze(-1) * secant_slopes[:, :-1]
            + (mean * scale * after / right**2).unsqueeze(-1) * secant_slopes[:, 1:]
            + (by_before + 2 * by_after).unsqueeze(-1) * step_slopes[:, :-1]
            + (2 * by_before + by_after).unsqueeze(-1) * step_slopes[:, 1:]
        )
        self.at, self.height, self.step = at, height, step
        self.slope = torch.cat([secant[:, :1], mean, secant[:, -1:]], 1)
        self.slopes = torch.cat([at_slopes, height_slopes, secant_slopes[:, :1], mean_slopes, secant_slopes[:, -1:]], 1)
        """Derivatives (T, 24, 8) by the controls of the values of the knots: all s, then d, then slopes."""


class Places:
    """The curve at places s (T, Q)."""

    def __init__(self, curve: Curve, s: Tensor) -> None:
        k = torch.searchsorted(curve.at, s.contiguous()).clamp(1, _KNOTS - 1) - 1
        width = curve.step.gather(1, k)
        t = (s - curve.at.gather(1, k)) / width
        low, high = curve.height.gather(1, k), curve.height.gather(1, k + 1)
        first, second = curve.slope.gather(1, k), curve.slope.gather(1, k + 1)
        rest, rise = 1 - t, high - low
        by_high, by_first, by_second = t * t * (3 - 2 * t), t * rest * rest, -t * t * rest
        drawn = by_first * first + by_second * second
        self.height = low + by_high * rise + width * drawn
        self.rise = 6 * t * rest * rise / width + rest * (1 - 3 * t) * first + t * (3 * t - 2) * second
        """(T, Q) derivative of the height by s."""
        self._partials = torch.stack([
            -rest * self.rise - drawn, 1 - by_high, width * by_first, drawn - t * self.rise, by_high, width * by_second,
        ], 1)  # (T, 6, Q) derivatives of the height by s, d and slope of the knot before, and of the knot after
        self._within = (k.unsqueeze(-1) == torch.arange(_KNOTS - 1)).to(s.dtype)  # (T, Q, 7), 1 in the interval of a place

    def by_values(self, weights: Tensor) -> Tensor:
        """Return the derivatives (T, R, 24), by the values of the knots, of R weighted sums of heights; weights (T, R, Q)."""
        products = weights.unsqueeze(2) * self._partials.unsqueeze(1)
        sums = (products.flatten(1, 2) @ self._within).unflatten(1, (-1, 6))  # (T, R, 6, 7)
        out = sums.new_zeros(*sums.shape[:2], 3, _KNOTS)
        out[..., :-1] += sums[:, :, :3]
        out[..., 1:] += sums[:, :, 3:]
        return out.flatten(2)
