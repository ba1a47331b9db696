"""Coils glued to the tongue and the velum.

A coil sits on one spot of the tongue, and the tongue slides and bends but hardly stretches: in real recordings neighbouring
coils stay 18 to 20 mm apart within 1 to 2.5 mm, and their x go together. So coils are spaced along the outline from the apex,
and follow the control points of body and dorsum only in part.
"""

import torch

from artinv.synth.tract.anatomy import Anatomy, WallTable
from artinv.synth.tract.curve import monotone_cubic, soft_floor

DORSUM, BODY, APEX = 3, 4, 5  # among the knots of the outline
SPACING_MM = 16.5
STRETCH = 0.3  # share of a control point's motion along the tongue that its coil follows
AHEAD_MM = 4.0  # where the coils on body and dorsum usually lie, ahead of the control points
COIL_MM = 0.8  # thickness of a coil between tongue and palate
VELUM_MM = (5.1, -3.2)  # travel of the velum's coil from raised to lowered: forward and down


def tongue(at: torch.Tensor, height: torch.Tensor, wall: WallTable, anatomy: Anatomy) -> tuple[torch.Tensor, ...]:
    """Tip, dorsum, body: (..., 2) mm each, from the knots (..., 8) of the tongue's outline."""
    s = torch.linspace(1.1, 2.96, 63, dtype=at.dtype).expand(*at.shape[:-1], -1)

    def outline(s: torch.Tensor) -> torch.Tensor:
        return wall(s, soft_floor(monotone_cubic(at, height, s), 0.35, leak=0.12) + COIL_MM)

    arc = torch.linalg.vector_norm(outline(s).diff(dim=-2), dim=-1).cumsum(-1)
    arc = torch.cat([torch.zeros_like(arc[..., :1]), arc], -1)
    knots = _read(s, arc, at[..., [DORSUM, BODY, APEX]].contiguous())
    tip = knots[..., 2] - anatomy.tt_off
    spacing = SPACING_MM * anatomy.size
    body = tip - spacing
    body = body + anatomy.tb_off + STRETCH * (knots[..., 1] + AHEAD_MM - body).clamp(-2 * spacing, 2 * spacing)
    dorsum = body - spacing
    dorsum = dorsum + anatomy.td_off + STRETCH * (knots[..., 0] + AHEAD_MM - dorsum).clamp(-2 * spacing, 2 * spacing)
    points = outline(_read(arc, s, torch.stack([tip, dorsum, body], -1)))
    return points.unbind(-2)


def velum(lowered: torch.Tensor, wall: WallTable, anatomy: Anatomy) -> torch.Tensor:
    """Position (..., 2) mm; 0 is raised, 1 lowered."""
    roof = wall(lowered.new_tensor(anatomy.v_s), lowered.new_tensor(COIL_MM))
    return roof + anatomy.size * lowered.unsqueeze(-1) * lowered.new_tensor(VELUM_MM)


def _read(x: torch.Tensor, y: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Straight lines through (x, y), x rising along the last axis, read at `query`."""
    k = torch.searchsorted(x.detach().contiguous(), query.detach()).clamp(1, x.shape[-1] - 1)
    x0, x1, y0, y1 = x.gather(-1, k - 1), x.gather(-1, k), y.gather(-1, k - 1), y.gather(-1, k)
    return y0 + (y1 - y0) * (query - x0) / (x1 - x0)
