"""Sounds that many others are compared with, one after another, while settings are refined."""

import torch
from torch import Tensor

from artinv.measure.spectra import SIZES, magnitudes

_FLOOR, _TINY = 1e-3, 1e-12  # those of `multi_resolution`

FARTHEST = 1e9
"""Distance of a sound that is not finite."""


class Target:
    """Given sounds (B, samples), or (1, samples) for any batch.

    `distances` equals `multi_resolution` of `artinv.measure.spectra`, but computes the spectra of the given sounds once, and is
    `FARTHEST` where that is not finite, so that a sound that cannot be compared is never the closest.
    """

    def __init__(self, sounds: Tensor) -> None:
        self._parts = []
        for size in SIZES:
            spectra = magnitudes(sounds, size, size // 4)
            floor = spectra.amax((1, 2), keepdim=True) * _FLOOR + _TINY
            self._parts.append((size, spectra, spectra.sum((1, 2)).clamp(min=_TINY), floor, torch.log(spectra + floor)))

    def distances(self, sounds: Tensor) -> Tensor:
        """Return the multi-resolution distance (B,) of sounds (B, samples) to the given ones."""
        total = torch.zeros(len(sounds), dtype=sounds.dtype, device=sounds.device)
        for size, spectra, whole, floor, logs in self._parts:
            own = magnitudes(sounds, size, size // 4)
            total = total + (own - spectra).abs().sum((1, 2)) / whole + (torch.log(own + floor) - logs).abs().mean((1, 2))
        return (total / len(SIZES)).nan_to_num(nan=FARTHEST, posinf=FARTHEST)
