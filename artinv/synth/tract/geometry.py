"""Controls -> the shape of the tract: step one of two, the other is `render`."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import softplus

from artinv.synth.tract import flesh, lips
from artinv.synth.tract.anatomy import Anatomy, WallTable, grid
from artinv.synth.tract.controls import CONTROL
from artinv.synth.tract.curve import monotone_cubic, soft_floor


class Shape(NamedTuple):
    """What sound needs to know of T frames; 40 sections run from glottis to teeth."""

    dist: torch.Tensor  # (T, 40) mm, distance across; negative where pressed
    area: torch.Tensor  # (T, 40) cm2
    lip_area: torch.Tensor  # (T,) cm2
    lip_len: torch.Tensor  # (T,) cm
    port: torch.Tensor  # (T,) cm2, opening into the nose
    lar_len: torch.Tensor  # (T,) cm, larynx tube
    lip_h: torch.Tensor  # (T,) mm


class Geometry:
    """The shapes one anatomy can take."""

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
        """(..., 8) each, s and d of the tongue's outline: larynx, two of the root, dorsum, body, apex, below it, lower teeth."""
        jaw, ap_s, ap_d, tb_s, tb_d, td_s, td_d, root, *_ = controls.unbind(-1)
        size = self.anatomy.size
        ap_s = ap_s.clamp(2.35, 2.96)  # the knots must stay in order
        tb_s = torch.minimum(tb_s, ap_s - (self.anatomy.tt_off + 6.0) / self.anatomy.oral_mm).clamp(min=1.6)
        td_s = torch.minimum(td_s, tb_s - 0.12).clamp(min=1.2)
        zero = torch.zeros_like(jaw)
        floor = 1.0 + 6.0 * size + 0.9 * jaw + 35.0 * size * (2.8 - ap_s).clamp(min=0.0)  # a retracted tip bares the floor below it
        below_s, below_d = ap_s + 0.055, torch.maximum(ap_d + 5.0, floor)
        s = (zero, zero + 0.45, 0.92 + 0.25 * (td_s - 1.5), td_s, tb_s, ap_s, below_s, torch.maximum(zero + 3.02, below_s + 0.03))
        d = (7.0 * size + 0.35 * root, 2.0 * size + 0.82 * root, root, td_d, tb_d, ap_d, below_d, 3.5 + 0.95 * jaw)
        return torch.stack(s, -1), torch.stack(d, -1)

    def shape(self, controls: torch.Tensor) -> Shape:
        """Controls (T, 13) -> bounded physical quantities."""
        _, lowered, sides, raised = controls[..., CONTROL["lp"]:].unbind(-1)
        dist = monotone_cubic(*self.knots(controls), self.s.expand(*controls.shape[:-1], -1))
        dist = dist - self.velum * lowered.clamp(min=0.0).unsqueeze(-1)
        area = self.alpha * (0.1 * soft_floor(dist, 0.30) + 1e-4) ** self.beta + lips.LEAK_CM2
        area = area + self.sides * sides.clamp(min=0.0).unsqueeze(-1)
        height, lip_area, lip_len = lips.tube(controls, self.anatomy)
        port = 0.0405 * self.anatomy.size**2 * softplus((lowered - 0.30) / 0.045)
        lar_len = 0.1 * (self.anatomy.larynx_mm - raised).clamp(min=5.0)
        return Shape(dist, area, lip_area, lip_len, port, lar_len, height)

    def coils(self, controls: torch.Tensor) -> torch.Tensor:
        """(T, 14) mm in the order of `artinv.core.channels.COIL_COLUMNS`, in the head's own frame."""
        tongue = flesh.tongue(*self.knots(controls), self.wall, self.anatomy)
        velum = flesh.velum(controls[..., CONTROL["vel"]], self.wall, self.anatomy)
        return torch.cat([*tongue, *lips.coils(controls, self.anatomy), velum], -1)
