"""Exact derivatives of the coils with respect to the controls, for the searches from coils to controls.

The derivatives are those of `Geometry.coils` in closed form; finite differences would evaluate it once more for each control. The
distance of a tongue coil from the apex along the outline is known, and its coordinate s follows: where the outline changes, s moves
until the distance is the wanted one again. The outline is a polygon over a fixed grid of s.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from artinv.synth.fitting.curve_slopes import MOVING, Curve, Places, knot_slopes
from artinv.synth.tract import flesh, lips
from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import CONTROL, CONTROLS
from artinv.synth.tract.curve import soft_floor
from artinv.synth.tract.geometry import Geometry

_CORNERS = [flesh.APEX, flesh.BODY, flesh.DORSUM]  # knots from which distances along the outline are measured


class _Coils(NamedTuple):
    """The coils on tip, dorsum and body along the outline; a segment is a part of the grid."""

    s: Tensor  # (T, 3)
    length: Tensor  # (T, 3) mm of the segment of the coil
    counted: Tensor  # (T, 3, 62) derivatives of the wanted minus the present arc by the lengths of the segments
    by_corner: Tensor  # (T, 3, 3) and by s of the corners


class CoilSlopes:
    """Map from controls (T, 13) to the derivatives (T, 14, 13) of the coils in mm, for one anatomy."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry, self.anatomy, self.wall = geometry, geometry.anatomy, geometry.wall
        self.grid = torch.linspace(flesh.FIRST_S, flesh.LAST_S, flesh.SEGMENTS + 1, dtype=self.wall.table.dtype)
        self.step = float(self.grid[1] - self.grid[0])
        start, inward = self._wall(self.grid)
        self.start, self.inward = start.mT.contiguous(), inward.mT.contiguous()  # (2, 63)

    @torch.no_grad()
    def __call__(self, controls: Tensor) -> Tensor:
        """Return the derivatives."""
        slopes = controls.new_zeros(len(controls), 14, len(CONTROLS))
        slopes[:, :6, :MOVING] = self._tongue(controls).flatten(1, 2)
        _fill_lips(slopes[:, 6:12], controls, self.anatomy)
        slopes[:, 12:, CONTROL["vel"]] = self.anatomy.size * controls.new_tensor(flesh.VELUM_MM)
        return slopes

    def _wall(self, s: Tensor) -> tuple[Tensor, Tensor]:
        """Return the points of the wall at s (...), and the unit vectors from there into the tract, (..., 2) each."""
        start = self.wall(s, torch.zeros_like(s))
        return start, self.wall(s, torch.ones_like(s)) - start

    def _tongue(self, controls: Tensor) -> Tensor:
        """Return the derivatives (T, 3, 2, 8) of the coils on tip, dorsum and body by the first controls."""
        curve = Curve(*self.geometry.knots(controls), *knot_slopes(controls, self.anatomy))
        outline = Places(curve, self.grid.expand(len(controls), -1))
        across = (self.start + _lifted(outline).unsqueeze(1) * self.inward).diff(dim=-1)  # (T, 2, 62)
        length = across.square().sum(1).sqrt()
        coils = self._along(curve.at[:, _CORNERS].contiguous(), length)
        along, soft = across / length.unsqueeze(1), _softness(outline.height, flesh.FLOOR_MM, flesh.LEAK)
        by_end = (along * self.inward[:, 1:]).sum(1) * soft[:, 1:]  # derivative of a length by the height at the end of its segment
        by_start = (along * self.inward[:, :-1]).sum(1) * soft[:, :-1]
        by_height = pad(coils.counted * by_end.unsqueeze(1), (1, 0)) - pad(coils.counted * by_start.unsqueeze(1), (0, 1))
        by_values = outline.by_values(by_height)
        by_values[:, :, _CORNERS] += coils.by_corner
        moved = (by_values @ curve.slopes) * (self.step / coils.length).unsqueeze(-1)  # (T, 3, 8) derivatives of s
        return self._points(curve, coils.s, moved)

    def _along(self, corners: Tensor, length: Tensor) -> _Coils:
        """Return the places of the coils for the s (T, 3) of the corners and the lengths (T, 62) of the segments."""
        spacing, anatomy = flesh.SPACING_MM * self.anatomy.size, self.anatomy
        arc = pad(length.cumsum(-1), (1, 0))
        k = torch.searchsorted(self.grid, corners).clamp(1, flesh.SEGMENTS) - 1
        share, own = (corners - self.grid[k]) / self.step, length.gather(1, k)
        apex, body_at, dorsum_at = (arc.gather(1, k) + share * own).unbind(1)
        tip = apex - anatomy.tt_off
        body, body_follows = _following(tip - spacing, body_at, anatomy.tb_off, spacing)
        dorsum, dorsum_follows = _following(body - spacing, dorsum_at, anatomy.td_off, spacing)
        one, zero = torch.ones_like(tip), torch.zeros_like(tip)
        of_body = torch.stack([1 - body_follows, body_follows, zero], 1)
        of_dorsum = (1 - dorsum_follows).unsqueeze(1) * of_body + torch.stack([zero, zero, dorsum_follows], 1)
        shares = torch.stack([torch.stack([one, zero, zero], 1), of_dorsum, of_body], 1)  # (T, 3 coils, 3 corners)
        wanted = torch.stack([tip, dorsum, body], 1)
        left = torch.searchsorted(arc, wanted).clamp(1, flesh.SEGMENTS) - 1
        own_length = length.gather(1, left)
        part = (wanted - arc.gather(1, left)) / own_length
        counted = shares @ _before(k + share) - _before(left + part)
        return _Coils(self.grid[left] + part * self.step, own_length, counted, shares * (own / self.step).unsqueeze(1))

    def _points(self, curve: Curve, s: Tensor, moved: Tensor) -> Tensor:
        """Return the derivatives (T, 3, 2, 8) of points of the outline at s (T, 3) with derivatives (T, 3, 8)."""
        places = Places(curve, s)
        own = torch.eye(3, dtype=s.dtype).expand(len(s), 3, 3)
        height = places.by_values(own) @ curve.slopes + places.rise.unsqueeze(-1) * moved
        left = (s.clamp(0.0, 3.0) * 100.0).floor().long().clamp(0, 299)
        turn = 100.0 * (self.wall.table[left + 1] - self.wall.table[left]) * ((s > 0.0) & (s < 3.0)).unsqueeze(-1)
        by_s = turn[..., :2] + _lifted(places).unsqueeze(-1) * turn[..., 2:]
        by_height = _softness(places.height, flesh.FLOOR_MM, flesh.LEAK).unsqueeze(-1) * self._wall(s)[1]
        return by_s.unsqueeze(-1) * moved.unsqueeze(2) + by_height.unsqueeze(-1) * height.unsqueeze(2)


def _lifted(places: Places) -> Tensor:
    """Return the distances in mm of the outline from the wall."""
    return soft_floor(places.height, flesh.FLOOR_MM, leak=flesh.LEAK) + flesh.COIL_MM


def _following(free: Tensor, corner: Tensor, offset: float, spacing: float) -> tuple[Tensor, Tensor]:
    """Return the arc (T,) of a coil that follows a corner in part, and how much of the motion of the corner it takes over."""
    ahead = corner + flesh.AHEAD_MM - free
    follows = flesh.STRETCH * (ahead.abs() < 2 * spacing).to(free.dtype)
    return free + offset + flesh.STRETCH * ahead.clamp(-2 * spacing, 2 * spacing), follows


def _before(place: Tensor) -> Tensor:
    """Return how much of each segment (..., 62) lies before a place (...), which counts segments; the first one has no start."""
    passed = place.unsqueeze(-1) - torch.arange(flesh.SEGMENTS, dtype=place.dtype)
    whole = passed.clamp(0.0, 1.0)
    whole[..., 0] = passed[..., 0].clamp(max=1.0)
    return whole


def _softness(x: Tensor, width: float, leak: float) -> Tensor:
    """Return the derivative of `soft_floor`."""
    return torch.sigmoid(x / width) + leak * (x < 0.0)


def _fill_lips(out: Tensor, controls: Tensor, anatomy: Anatomy) -> None:
    """Write the derivatives (T, 6, 13) of the coils on lower incisor, upper lip and lower lip over zeros."""
    jaw, lip, protrusion = CONTROL["jaw"], CONTROL["lh"], CONTROL["lp"]
    angle = math.radians(anatomy.jaw_angle_deg)
    open_lips = controls[:, lip].clamp(min=0.0)
    square = open_lips**2
    soft = _softness(lips.opening(controls), lips.APART_MM, lips.APART_LEAK)
    by_jaw = soft * lips.JAW_SHARE * square / (square + lips.OPEN_MM2)
    lowered = lips.JAW_SHARE * (controls[:, jaw] - lips.JAW_REST_MM)
    by_lip = soft * (1 + lowered * 2 * lips.OPEN_MM2 * open_lips / (square + lips.OPEN_MM2) ** 2)
    out[:, 0, jaw], out[:, 1, jaw] = -math.sin(angle), -math.cos(angle)
    out[:, 2, protrusion], out[:, 4, protrusion] = lips.UPPER_PROTRUSION, lips.LOWER_PROTRUSION
    out[:, 4, jaw] = -math.sin(angle)
    out[:, 3, jaw], out[:, 3, lip] = lips.UPPER_SHARE * (by_jaw - 1), lips.UPPER_SHARE * by_lip
    out[:, 5, jaw], out[:, 5, lip] = out[:, 3, jaw] - by_jaw, out[:, 3, lip] - by_lip
