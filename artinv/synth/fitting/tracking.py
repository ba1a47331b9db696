"""Coils over time -> controls over time: the most probable smooth motion of an anatomy, given the coils.

`pose` estimates each frame alone; here all frames are estimated together, with a penalty on accelerations, at a lower frame rate.
The normal equations are banded, so the cost is proportional to the length.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import solveh_banded
from torch import Tensor

from artinv.synth.fitting.frame_search import LARGEST_STEP, FrameSearch, Target
from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

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
    parts = []
    for first in range(0, len(coils), _LONGEST):
        before = min(first, _OVERLAP)
        target = Target(coils[first - before:first + _LONGEST + _OVERLAP], geometry, prior, weights.mm)
        parts.append(_solution(target, weights.bend)[before:before + _LONGEST])
    return prior.controls(torch.cat(parts))


def _solution(target: Target, bend: float) -> Tensor:
    """Return z (T, 13) of one part: the best postures of single frames, then Gauss-Newton steps of all frames together."""
    search = FrameSearch(target)
    for number in range(_ALONE):
        search.step()
        if number % 2:
            search.try_neighbours(_NEIGHBOURS)
    return _together(target, search.z, target.misses(search.reached), bend)


def _together(target: Target, z: Tensor, miss: Tensor, bend: float) -> Tensor:
    """Return z after damped steps of all frames together, with the penalty on second differences."""
    stiff, unit = _second_differences(len(z), bend), torch.eye(z.shape[1], dtype=z.dtype)

    def cost(z: Tensor, miss: Tensor) -> float:
        return float(miss.square().sum() + z.square().sum() + bend * z.diff(dim=0, n=2).square().sum())

    lowest, damping = cost(z, miss), 0.01
    for _ in range(_TOGETHER):
        slopes = target.slopes(z)
        downhill = (slopes.mT @ miss.unsqueeze(-1)).squeeze(-1) + z + _bent(z, bend)
        blocks = slopes.mT @ slopes + unit
        before = lowest
        for _ in range(4):
            proposal = z - _banded_solution(blocks, stiff, downhill, damping).clamp(-LARGEST_STEP, LARGEST_STEP)
            new = target.misses(target.reached(proposal))
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
