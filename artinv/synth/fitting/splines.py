"""Trajectories as cubic B-splines: few coefficients, and no motion faster than that of articulators."""

import torch
from torch import Tensor

STEP = 8
"""Frames between knots: 40 ms at 200 Hz."""


def basis(frames: int, step: int = STEP, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the basis (frames, points): `basis @ points` is the curve. Rows sum to 1; point j lies at frame (j - 1) * step."""
    place = torch.arange(frames, dtype=torch.float64) / step
    first = place.floor().long()
    t = (place - first).unsqueeze(1)
    weights = torch.cat([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], 1) / 6
    rows = torch.zeros(frames, (frames - 1) // step + 4, dtype=torch.float64)
    return rows.scatter_(1, first.unsqueeze(1) + torch.arange(4), weights).to(dtype)


def points(values: Tensor, curves: Tensor) -> Tensor:
    """Return the control points (points, C) of the least-squares fit to `values` (frames, C).

    A small penalty on second differences regularizes the outermost points, which depend on few frames.
    """
    wide = curves.double()
    bend = torch.eye(wide.shape[1], dtype=wide.dtype).diff(dim=0, n=2)
    return torch.linalg.solve(wide.T @ wide + 1e-6 * bend.T @ bend, wide.T @ values.double()).to(values.dtype)
