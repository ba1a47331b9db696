"""Positions of the coils on the tongue and on the velum.

A coil is glued to one point of the tongue, and the tongue slides and bends but hardly stretches: in real recordings neighbouring
coils stay 18 to 20 mm apart within 1 to 2.5 mm, and their x coordinates are correlated. The model therefore spaces the coils along
the outline from the apex, and they follow the control points of body and dorsum only in part.
"""

import torch

from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.curve import monotone_cubic, soft_floor
from artinv.synth.tract.wall_table import WallTable

DORSUM, BODY, APEX = 3, 4, 5  # indices of the knots of the outline
SPACING_MM = 16.5
STRETCH = 0.3  # fraction of a control point's motion along the tongue that its coil follows
AHEAD_MM = 4.0  # usual distance of the body and dorsum coils ahead of their control points
COIL_MM = 0.8  # thickness of a coil between tongue and palate
FIRST_S, LAST_S, SEGMENTS = 1.1, 2.96, 62  # the part of the outline along which coils are placed, and its division
FLOOR_MM, LEAK = 0.35, 0.12  # of `soft_floor`, which keeps the outline of a pressed tongue at the wall
VELUM_MM = (5.1, -3.2)  # displacement (x, y) of the velum coil from raised to lowered


def tongue(at: torch.Tensor, height: torch.Tensor, wall: WallTable, anatomy: Anatomy) -> tuple[torch.Tensor, ...]:
    """Return the coils on tip, dorsum and body, (..., 2) mm each, from the knots (..., 8) of the tongue outline."""
    s = torch.linspace(FIRST_S, LAST_S, SEGMENTS + 1, dtype=at.dtype).expand(*at.shape[:-1], -1)

    def outline(s: torch.Tensor) -> torch.Tensor:
        return wall(s, soft_floor(monotone_cubic(at, height, s), FLOOR_MM, leak=LEAK) + COIL_MM)

    arc = torch.linalg.vector_norm(outline(s).diff(dim=-2), dim=-1).cumsum(-1)
    arc = torch.cat([torch.zeros_like(arc[..., :1]), arc], -1)
    knots = _interpolate(s, arc, at[..., [DORSUM, BODY, APEX]].contiguous())
    tip = knots[..., 2] - anatomy.tt_off
    spacing = SPACING_MM * anatomy.size
    body = tip - spacing
    body = body + anatomy.tb_off + STRETCH * (knots[..., 1] + AHEAD_MM - body).clamp(-2 * spacing, 2 * spacing)
    dorsum = body - spacing
    dorsum = dorsum + anatomy.td_off + STRETCH * (knots[..., 0] + AHEAD_MM - dorsum).clamp(-2 * spacing, 2 * spacing)
    points = outline(_interpolate(arc, s, torch.stack([tip, dorsum, body], -1)))
    return points.unbind(-2)


def velum(lowered: torch.Tensor, wall: WallTable, anatomy: Anatomy) -> torch.Tensor:
    """Return the position (..., 2) of the velum coil in mm; `lowered` is 0 for a raised and 1 for a lowered velum."""
    roof = wall(lowered.new_tensor(anatomy.v_s), lowered.new_tensor(COIL_MM))
    return roof + anatomy.size * lowered.unsqueeze(-1) * lowered.new_tensor(VELUM_MM)


def _interpolate(x: torch.Tensor, y: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Interpolate linearly through the points (x, y) at `query`; x increases along the last axis."""
    k = torch.searchsorted(x.detach().contiguous(), query.detach()).clamp(1, x.shape[-1] - 1)
    x0, x1, y0, y1 = x.gather(-1, k - 1), x.gather(-1, k), y.gather(-1, k - 1), y.gather(-1, k)
    return y0 + (y1 - y0) * (query - x0) / (x1 - x0)
