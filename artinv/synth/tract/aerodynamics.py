"""Slowly varying pressures and flows in the tract, which set the strength of voicing and of each noise source.

Bursts, aspiration and devoicing follow from the areas alone. Pressures are in dyn/cm2 (980 dyn/cm2 = 1 cm of water).
"""

from typing import NamedTuple

import torch
from torch.nn.functional import conv1d, pad, softplus

from artinv.synth.tract.anatomy import BEND, PHARYNX
from artinv.synth.tract.controls import FRAME_RATE
from artinv.synth.tract.geometry import Shape
from artinv.synth.tract.lips import LEAK_CM2


class Strengths(NamedTuple):
    """Strength of each sound source, (T,), in the unit that the gain of the source expects."""

    voicing: torch.Tensor
    aspiration: torch.Tensor
    palate: torch.Tensor
    teeth: torch.Tensor
    lips: torch.Tensor


def strengths(shape: Shape, ag: torch.Tensor, ps: torch.Tensor) -> Strengths:
    """Return the strengths of the sources for glottal area `ag` in cm2 and lung pressure `ps` in dyn/cm2, both (T,)."""
    mouth = PHARYNX + BEND + 4
    places = (shape.area[:, PHARYNX + 6:mouth].amin(1), shape.area[:, mouth:].amin(1), shape.lip_area)
    resistance = sum((area**-2 for area in places[1:]), places[0]**-2)
    outlet = resistance.rsqrt() + shape.port
    settled = ps * ag**2 / (ag**2 + outlet**2)
    # cheeks and pharynx expand, so oral pressure rises with a time constant of 10 ms (open glottis) or 60 ms (closed glottis)
    spread = torch.sigmoid((ag - 0.11) / 0.02)
    built = spread * _lagged(settled, 10.0, 12) + (1 - spread) * _lagged(settled, 60.0, 40)
    oral = torch.minimum(built, settled)  # a release is immediate
    across = (ps - oral).clamp(min=0.0)
    pressed = torch.sigmoid((0.135 - ag) / 0.018)
    drops = [(1e-3 * oral * area**-2 / resistance).clamp(min=1e-6) for area in places]
    noise = [drop**1.5 * (area - LEAK_CM2).clamp(1e-9, 1.0).sqrt() for drop, area in zip(drops, places, strict=True)]
    return Strengths(pressed * softplus((across - 1500.0) / 400.0) * (400.0 / 6500.0), 2.2 * (1e-3 * across) ** 1.5 * ag, *noise)


def _lagged(x: torch.Tensor, ms: float, frames: int) -> torch.Tensor:
    """Return `x` after a one-pole low-pass filter whose response is truncated to `frames`."""
    kernel = torch.exp(-torch.arange(frames, dtype=x.dtype, device=x.device) * (1000.0 / FRAME_RATE) / ms).flip(0)
    padded = pad(x.view(1, 1, -1), (frames - 1, 0), mode="replicate")
    return conv1d(padded, (kernel / kernel.sum()).view(1, 1, -1)).view(-1)
