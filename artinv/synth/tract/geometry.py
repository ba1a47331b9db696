"""Controls -> shape of the tract. This is the first step of synthesis; `render` is the second."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import softplus

from artinv.synth.tract import flesh, lips
from artinv.synth.tract.anatomy import Anatomy, grid
from artinv.synth.tract.controls import CONTROL
from artinv.synth.tract.curve import monotone_cubic, soft_floor
from artinv.synth.tract.wall_table import WallTable


class Shape(NamedTuple):
    """Shape of the tract in T frames, as `render` needs it; the 40 sections run from glottis to teeth."""

    dist: torch.Tensor  # (T, 40) mm, distance across the tract; negative under contact pressure
    area: torch.Tensor  # (T, 40) cm2
    lip_area: torch.Tensor  # (T,) cm2, area between the lips
    lip_len: torch.Tensor  # (T,) cm, length of the lip tube
    port: torch.Tensor  # (T,) cm2, velopharyngeal port
    lar_len: torch.Tensor  # (T,) cm, length of the larynx tube


class Geometry:
    """Map from controls to tract shapes and coil positions of one anatomy."""

    def __init__(self, anatomy: Anatomy, dtype: torch.dtype = torch.float32) -> None:
        s = grid()
        self.anatomy = anatomy
        self.wall = WallTable(anatomy, dtype)

        def constant(values: np.ndarray) -> torch.Tensor:
            return torch.tensor(values, dtype=dtype)

        pharynx, mouth = anatomy.alpha_ph, anatomy.alpha_oral
        self.s = constant(s)
        self.alpha = constant(np.interp(s, [0, 0.6, 1.2, 2, 3], [0.8 * pharynx, pharynx, pharynx, mouth, 0.95 * mouth]))
        self.beta = constant(np.interp(s, [0, 1.2, 2, 3], [1.25, 1.3, 1.45, 1.4]))
        self.velum = constant(5.0 * anatomy.size * np.exp(-(((s - 1.62) / 0.16) ** 2)))
        self.sides = constant(0.45 * np.exp(-(((s - 2.72) / 0.12) ** 2)))

    def knots(self, controls: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return s and d, (..., 8) each, of the knots of the tongue outline, from larynx to lower teeth.

        The knots are: larynx, two of the root, dorsum, body, apex, below the apex, lower teeth.
        """
        jaw, ap_s, ap_d, tb_s, tb_d, td_s, td_d, root, *_ = controls.unbind(-1)
        size = self.anatomy.size
        ap_s = ap_s.clamp(2.35, 2.96)  # the knots must stay in order
        tb_s = torch.minimum(tb_s, ap_s - (self.anatomy.tt_off + 6.0) / self.anatomy.oral_mm).clamp(min=1.6)
        td_s = torch.minimum(td_s, tb_s - 0.12).clamp(min=1.2)
        zero = torch.zeros_like(jaw)
        floor = 1.0 + 6.0 * size + 0.9 * jaw + 35.0 * size * (2.8 - ap_s).clamp(min=0.0)  # mouth floor below a retracted tip
        below_s, below_d = ap_s + 0.055, torch.maximum(ap_d + 5.0, floor)
        s = (zero, zero + 0.45, 0.92 + 0.25 * (td_s - 1.5), td_s, tb_s, ap_s, below_s, torch.maximum(zero + 3.02, below_s + 0.03))
        d = (7.0 * size + 0.35 * root, 2.0 * size + 0.82 * root, root, td_d, tb_d, ap_d, below_d, 3.5 + 0.95 * jaw)
        return torch.stack(s, -1), torch.stack(d, -1)

    def shape(self, controls: torch.Tensor) -> Shape:
        """Return the shape, in bounded physical quantities, for controls (T, 13)."""
        _, lowered, sides, raised = controls[..., CONTROL["lp"]:].unbind(-1)
        dist = monotone_cubic(*self.knots(controls), self.s.expand(*controls.shape[:-1], -1))
        dist = dist - self.velum * lowered.clamp(min=0.0).unsqueeze(-1)
        area = self.alpha * (0.1 * soft_floor(dist, 0.30) + 1e-4) ** self.beta + lips.LEAK_CM2
        area = area + self.sides * sides.clamp(min=0.0).unsqueeze(-1)
        lip_area, lip_len = lips.tube(controls, self.anatomy)
        port = 0.0405 * self.anatomy.size**2 * softplus((lowered - 0.30) / 0.045)
        lar_len = 0.1 * (self.anatomy.larynx_mm - raised).clamp(min=5.0)
        return Shape(dist, area, lip_area, lip_len, port, lar_len)

    def coils(self, controls: torch.Tensor) -> torch.Tensor:
        """Return the coils (T, 14) in mm in the frame of the head, in the order of `artinv.core.channels.COIL_COLUMNS`."""
        tongue = flesh.tongue(*self.knots(controls), self.wall, self.anatomy)
        velum = flesh.velum(controls[..., CONTROL["vel"]], self.wall, self.anatomy)
        return torch.cat([*tongue, *lips.coils(controls, self.anatomy), velum], -1)
