"""Coils -> controls: the most probable posture of an anatomy, given the measured coils.

The 14 coordinates do not determine the 13 controls: no coil measures the tongue root, the larynx or the sides of the tongue. The
prior supplies what is not measured. The result is the maximum a posteriori posture for noise with standard deviation `mm`.
"""

import torch
from torch import Tensor

from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

_STEP = 0.02  # standard deviations, for finite differences
_ROUNDS = (8, 5, 5, 5)  # Gauss-Newton steps of each pass
_NEIGHBOURS = (-1, 1, -4, 4)  # offsets in frames of the postures that are tried as new starts


@torch.no_grad()
def pose(coils: Tensor, geometry: Geometry, prior: Prior, mm: float = 0.3) -> Tensor:
    """Return controls (T, 13) for coils (T, 14) in mm in the frame of the head; NaN marks a missing coordinate.

    Damped Gauss-Newton steps start from the mean of the prior, all frames in one batch. A frame that does not improve is damped
    more and tried again. Between passes, a frame takes over the posture of a neighbour if that posture fits better.
    """
    known = torch.isfinite(coils)
    goal = torch.where(known, coils, 0.0)
    unit = torch.eye(len(prior.mean), dtype=coils.dtype)

    def residual(z: Tensor) -> Tensor:
        return torch.where(known, geometry.coils(prior.controls(z)) - goal, 0.0) / mm

    def cost(z: Tensor, miss: Tensor) -> Tensor:
        return miss.square().sum(-1) + z.square().sum(-1)

    def step(z: Tensor, miss: Tensor, damping: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        slopes = torch.stack([(residual(z + _STEP * direction) - miss) / _STEP for direction in unit], -1)  # (T, 14, 13)
        inner = slopes.mT @ slopes + (1 + damping[:, None, None]) * unit
        downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + z
        z, miss, better = better_of(z, miss, z - torch.linalg.solve(inner, downhill).clamp(-1.5, 1.5))
        return z, miss, torch.where(better, 0.3 * damping, 10 * damping.clamp(min=0.1)).clamp(1e-4, 1e6)

    def better_of(z: Tensor, miss: Tensor, proposal: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        new = residual(proposal)
        better = cost(proposal, new) < cost(z, miss)
        return torch.where(better[:, None], proposal, z), torch.where(better[:, None], new, miss), better

    z = coils.new_zeros(len(coils), len(unit))
    miss = residual(z)
    for rounds in _ROUNDS:
        damping = z.new_full((len(z),), 0.01)
        for _ in range(rounds):
            z, miss, damping = step(z, miss, damping)
        for shift in _NEIGHBOURS:
            z, miss, _ = better_of(z, miss, z.roll(shift, 0))
    return prior.controls(z)
