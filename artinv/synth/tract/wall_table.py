"""The outer wall of the vocal tract as a differentiable function."""

import numpy as np
import torch

from artinv.synth.tract.anatomy import Anatomy, wall


class WallTable:
    """Differentiable map (s, d) -> (x, y) in mm: linear interpolation in a dense table of the wall."""

    def __init__(self, anatomy: Anatomy, dtype: torch.dtype = torch.float32) -> None:
        points, inward = wall(anatomy, np.linspace(0.0, 3.0, 301))
        self.table = torch.tensor(np.concatenate([points, inward], -1), dtype=dtype)

    def __call__(self, s: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """Return the points at distance d mm from the wall, (..., 2)."""
        place = s.clamp(0.0, 3.0) * 100.0
        left = place.detach().floor().long().clamp(0, 299)
        weight = (place - left).unsqueeze(-1)
        row = self.table[left] * (1.0 - weight) + self.table[left + 1] * weight
        return row[..., :2] + d.unsqueeze(-1) * row[..., 2:]
