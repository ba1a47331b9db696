"""Coils over time -> controls over time: the most probable smooth motion of an anatomy, given the coils.

`pose` estimates each frame alone; here all frames are estimated together, with a penalty on accelerations, at a lower frame rate.
The normal equations are banded, so the cost is proportional to the length.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import solveh_banded
from torch import Tensor

from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

Residual = Callable[[Tensor], Tensor]
"""Map from z (..., T, 13) to the weighted errors of the coils (..., T, 14)."""

_STEP = 0.02  # standard deviations, for finite differences
_ALONE, _TOGETHER = 6, 8  # Gauss-Newton steps of single frames, then of all together
_NEIGHBOURS = (-1, 1, -4, 4, -12, 12)  # offsets in frames of the postures that are tried as new starts
_LONGEST = 6000  # frames solved together
_OVERLAP = 50  # frames of the previous part that a part contains
_ENOUGH = 1e-3  # relative decrease of the cost at which the search ends


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the cost; the prior has weight 1 for each frame."""

    mm: float = 0.3  # expected error of a coordinate
    bend: float = 8.0  # of squared second differences between frames, in standard deviations of the prior


_DEFAULT = Weights()


@torch.no_grad()
def track(coils: Tensor, geometry: Geometry, prior: Prior, weights: Weights = _DEFAULT) -> Tensor:
    """Return controls (T, 13) for coils (T, 14) in mm in the frame of the head; NaN marks a missing coordinate.

    The frames are spaced by some 10 ms. A long motion is solved in parts that overlap. Equal input gives equal bytes.
    """
    search = _Search(geometry, prior, weights)
    parts = []
    for first in range(0, len(coils), _LONGEST):
        before = min(first, _OVERLAP)
        parts.append(search.solution(coils[first - before:first + _LONGEST + _OVERLAP])[before:before + _LONGEST])
    return prior.controls(torch.cat(parts))


class _Search:
    """Damped Gauss-Newton search in the whitened coordinates of the prior."""

    def __init__(self, geometry: Geometry, prior: Prior, weights: Weights) -> None:
        self.geometry, self.prior, self.weights = geometry, prior, weights
        self.unit = torch.eye(len(prior.mean), dtype=prior.mean.dtype)

    def solution(self, coils: Tensor) -> Tensor:
        """Return z (T, 13) of one part."""
        known = torch.isfinite(coils)
        goal = torch.where(known, coils, 0.0)

        def residual(z: Tensor) -> Tensor:
            return torch.where(known, self.geometry.coils(self.prior.controls(z)) - goal, 0.0) / self.weights.mm

        z = goal.new_zeros(len(goal), len(self.unit))
        z, miss = self._alone(z, residual)
        return self._together(z, miss, residual)

    def _slopes(self, z: Tensor, miss: Tensor, residual: Residual) -> Tensor:
        """Return the derivatives (T, 14, 13) of the residual, all directions in one batch."""
        moved = z.unsqueeze(0) + _STEP * self.unit.unsqueeze(1)  # (13, T, 13)
        return ((residual(moved) - miss) / _STEP).permute(1, 2, 0)

    def _alone(self, z: Tensor, residual: Residual) -> tuple[Tensor, Tensor]:
        """Return z and the residual after steps of each frame alone, and trials of the postures of neighbours."""
        miss = residual(z)

        def cost(z: Tensor, miss: Tensor) -> Tensor:
            return miss.square().sum(-1) + z.square().sum(-1)

        def better_of(z: Tensor, miss: Tensor, proposal: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            new = residual(proposal)
            better = cost(proposal, new) < cost(z, miss)
            return torch.where(better[:, None], proposal, z), torch.where(better[:, None], new, miss), better

        damping = z.new_full((len(z),), 0.01)
        for number in range(_ALONE):
            slopes = self._slopes(z, miss, residual)
            inner = slopes.mT @ slopes + (1 + damping[:, None, None]) * self.unit
            downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + z
            z, miss, better = better_of(z, miss, z - torch.linalg.solve(inner, downhill).clamp(-1.5, 1.5))
            damping = torch.where(better, 0.3 * damping, 10 * damping.clamp(min=0.1)).clamp(1e-4, 1e6)
            if number % 2:
                for shift in _NEIGHBOURS:
                    z, miss, _ = better_of(z, miss, z.roll(shift, 0))
        return z, miss

    def _together(self, z: Tensor, miss: Tensor, residual: Residual) -> Tensor:
        """Return z after steps of all frames together, with the penalty on second differences."""
        stiff = _second_differences(len(z), self.weights.bend)

        def cost(z: Tensor, miss: Tensor) -> float:
            return float(miss.square().sum() + z.square().sum() + self.weights.bend * z.diff(dim=0, n=2).square().sum())

        lowest, damping = cost(z, miss), 0.01
        for _ in range(_TOGETHER):
            slopes = self._slopes(z, miss, residual)
            downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + z + _bent(z, self.weights.bend)
            blocks = slopes.mT @ slopes + self.unit
            before = lowest
            for _ in range(4):
                step = _banded_solution(blocks, stiff, downhill, damping)
                proposal = z - step.clamp(-1.5, 1.5)
                new = residual(proposal)
                if (total := cost(proposal, new)) < lowest:
                    z, miss, lowest, damping = proposal, new, total, max(0.3 * damping, 1e-4)
                    break
                damping = 10 * max(damping, 0.1)
            if lowest > (1 - _ENOUGH) * before:
                break
        return z


def _second_differences(frames: int, bend: float) -> np.ndarray:
    """Return the lower diagonals (3, frames) of `bend` times the transposed second differences times themselves."""
    diagonals = np.zeros((3, frames))
    for first in range(frames - 2):
        for row, left in enumerate((1.0, -2.0, 1.0)):
            for column in range(row + 1):
                diagonals[row - column, first + column] += bend * left * (1.0, -2.0, 1.0)[column]
    return diagonals


def _bent(z: Tensor, bend: float) -> Tensor:
    """Return half the gradient of the penalty on second differences."""
    out = torch.zeros_like(z)
    if len(z) > 2:
        second = bend * z.diff(dim=0, n=2)
        out[:-2] += second
        out[1:-1] -= 2 * second
        out[2:] += second
    return out


def _banded_solution(blocks: Tensor, stiff: np.ndarray, right: Tensor, damping: float) -> Tensor:
    """Solve the normal equations: `blocks` (T, n, n) on the diagonal, `stiff` between frames, `damping` on the diagonal."""
    frames, size = right.shape
    dense = blocks.double().numpy()
    band = np.zeros((2 * size + 1, frames, size))
    for offset in range(size):
        band[offset, :, : size - offset] = np.diagonal(dense, -offset, 1, 2)
    band[0] += stiff[0][:, None] + damping
    for frame_offset in (1, 2):
        band[frame_offset * size] += stiff[frame_offset][:, None]
    solution = solveh_banded(band.reshape(2 * size + 1, -1), right.double().numpy().reshape(-1), lower=True, check_finite=False)
    return torch.from_numpy(solution.reshape(frames, size)).to(right.dtype)
