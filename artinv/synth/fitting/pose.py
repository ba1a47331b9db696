"""Coils -> controls: the most probable posture of an anatomy, given the measured coils.

The 14 coordinates do not determine the 13 controls: no coil measures the tongue root, the larynx or the sides of the tongue. The
prior supplies what is not measured. The result is the maximum a posteriori posture for noise with standard deviation `mm`.
"""

import torch
from torch import Tensor

from artinv.synth.fitting.frame_search import FrameSearch, Target
from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.geometry import Geometry

_ROUNDS = (8, 5, 5, 5)  # Gauss-Newton steps of each pass
_NEIGHBOURS = (-1, 1, -4, 4)  # offsets in frames of the postures that are tried as new starts


@torch.no_grad()
def pose(coils: Tensor, geometry: Geometry, prior: Prior, mm: float = 0.3) -> Tensor:
    """Return controls (T, 13) for coils (T, 14) in mm in the frame of the head; NaN marks a missing coordinate.

    Damped Gauss-Newton steps start from the mean of the prior, all frames in one batch. A frame that does not improve is damped
    more and tried again. Between passes, a frame takes over the posture of a neighbour if that posture fits better.
    """
    search = FrameSearch(Target(coils, geometry, prior, mm))
    for rounds in _ROUNDS:
        search.forget_damping()
        for _ in range(rounds):
            search.step()
        search.try_neighbours(_NEIGHBOURS)
    return prior.controls(search.z)
