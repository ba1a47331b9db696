"""Coils -> controls: the posture of an anatomy that brings its coils where they were seen.

14 coordinates do not fix 13 controls: nothing is seen of the root, the larynx and the tongue's sides. What is not seen is
filled in as the prior expects it beside what is, so this is the most probable posture under noise of `mm` on the coils.
"""

import torch
from torch import Tensor

from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

_STEP = 0.02  # of a standard deviation, for the derivatives
_ROUNDS = (8, 5, 5, 5)
_NEIGHBOURS = (-1, 1, -4, 4)  # frames away, whose posture may be the better place to start from


@torch.no_grad()
def pose(coils: Tensor, geometry: Geometry, prior: Prior, mm: float = 0.3) -> Tensor:
    """Coils (T, 14) in mm of the head's own frame, NaN where not known -> controls (T, 13).

    Gauss-Newton steps from the prior's mean, all frames and derivatives in one batch; a frame whose step does not help is
    damped more and tried again. Then frames start anew from their neighbours' postures, where those fit better.
    """
    known = torch.isfinite(coils)
    goal = torch.where(known, coils, 0.0)
    unit = torch.eye(len(prior.mean), dtype=coils.dtype)

    def missing(z: Tensor) -> Tensor:
        return torch.where(known, geometry.coils(prior.controls(z)) - goal, 0.0) / mm

    def cost(z: Tensor, miss: Tensor) -> Tensor:
        return miss.square().sum(-1) + z.square().sum(-1)

    def step(z: Tensor, miss: Tensor, damping: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        slopes = torch.stack([(missing(z + _STEP * one) - miss) / _STEP for one in unit], -1)  # (T, 14, 13)
        inner = slopes.mT @ slopes + (1 + damping[:, None, None]) * unit
        downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + z
        z, miss, better = better_of(z, miss, z - torch.linalg.solve(inner, downhill).clamp(-1.5, 1.5))
        return z, miss, torch.where(better, 0.3 * damping, 10 * damping.clamp(min=0.1)).clamp(1e-4, 1e6)

    def better_of(z: Tensor, miss: Tensor, proposal: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        new = missing(proposal)
        better = cost(proposal, new) < cost(z, miss)
        return torch.where(better[:, None], proposal, z), torch.where(better[:, None], new, miss), better

    z = coils.new_zeros(len(coils), len(unit))
    miss = missing(z)
    for rounds in _ROUNDS:
        damping = z.new_full((len(z),), 0.01)
        for _ in range(rounds):
            z, miss, damping = step(z, miss, damping)
        for shift in _NEIGHBOURS:
            z, miss, _ = better_of(z, miss, z.roll(shift, 0))
    return prior.controls(z)
