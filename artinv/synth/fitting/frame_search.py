"""Search for the most probable posture of each frame alone: damped Gauss-Newton steps in the whitened coordinates of the prior."""

import torch
from torch import Tensor

from artinv.synth.fitting.coil_slopes import CoilSlopes
from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

LARGEST_STEP = 1.5
"""Standard deviations of the prior."""


class Target:
    """The measured coils (T, 14) in mm with expected error `mm`; NaN marks a missing coordinate."""

    def __init__(self, coils: Tensor, geometry: Geometry, prior: Prior, mm: float) -> None:
        self._geometry, self._slopes, self._prior, self._mm = geometry, CoilSlopes(geometry), prior, mm
        self._known = torch.isfinite(coils)
        self._goal = torch.where(self._known, coils, 0.0)

    def start(self) -> Tensor:
        """Return the z (T, 13) of the mean of the prior."""
        return self._goal.new_zeros(len(self._goal), len(self._prior.mean))

    def reached(self, z: Tensor) -> Tensor:
        """Return the coils (T, 14) in mm of z (T, 13)."""
        return self._geometry.coils(self._prior.controls(z))

    def misses(self, reached: Tensor) -> Tensor:
        """Return the errors (T, 14) of coils in expected errors, 0 where a coordinate is missing."""
        return torch.where(self._known, reached - self._goal, 0.0) / self._mm

    def slopes(self, z: Tensor) -> Tensor:
        """Return the derivatives (T, 14, 13) of the errors by z."""
        known = torch.where(self._known, 1.0 / self._mm, 0.0).unsqueeze(-1)
        return known * (self._slopes(self._prior.controls(z)) @ self._prior.root)


class FrameSearch:
    """The present postures `z` (T, 13), which start from the mean of the prior, and the coils (T, 14) that they reach."""

    def __init__(self, target: Target) -> None:
        self.target, self.z = target, target.start()
        self.reached = target.reached(self.z)
        self.forget_damping()

    def forget_damping(self) -> None:
        """Damp all frames as at the start."""
        self.damping = self.z.new_full((len(self.z),), 0.01)

    def step(self) -> None:
        """Do a Gauss-Newton step. A frame that does not improve keeps its posture and is damped more."""
        miss, slopes = self.target.misses(self.reached), self.target.slopes(self.z)
        inner = slopes.mT @ slopes + torch.diag_embed((1 + self.damping[:, None]).expand_as(self.z))
        downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + self.z
        proposal = self.z - torch.linalg.solve(inner, downhill).clamp(-LARGEST_STEP, LARGEST_STEP)
        better = self._take(proposal, self.target.reached(proposal))
        self.damping = torch.where(better, 0.3 * self.damping, 10 * self.damping.clamp(min=0.1)).clamp(1e-4, 1e6)

    def try_neighbours(self, offsets: tuple[int, ...]) -> None:
        """Take over the posture of a frame at one of these offsets where it fits better."""
        for offset in offsets:
            self._take(self.z.roll(offset, 0), self.reached.roll(offset, 0))

    def _take(self, z: Tensor, reached: Tensor) -> Tensor:
        """Take over other postures in the frames (T,) where they are better, and return these."""
        better = self._cost(z, reached) < self._cost(self.z, self.reached)
        self.z, self.reached = torch.where(better[:, None], z, self.z), torch.where(better[:, None], reached, self.reached)
        return better

    def _cost(self, z: Tensor, reached: Tensor) -> Tensor:
        return self.target.misses(reached).square().sum(-1) + z.square().sum(-1)
