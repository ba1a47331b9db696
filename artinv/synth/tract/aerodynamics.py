"""Pressures and flows that vary slowly: where the air is held up, voicing stops and noise begins.

Bursts, aspiration and devoicing are not written anywhere; they follow from the areas. Pressures in dyn/cm2 (980 = 1 cm of water).
"""

from typing import NamedTuple

import torch
from torch.nn.functional import conv1d, pad, softplus

from artinv.synth.tract.anatomy import BEND, PHARYNX
from artinv.synth.tract.controls import FRAME_RATE
from artinv.synth.tract.geometry import Shape
from artinv.synth.tract.lips import LEAK_CM2


class Strengths(NamedTuple):
    """How strong each source is, (T,), in the units its gain expects."""

    voicing: torch.Tensor
    aspiration: torch.Tensor
    palate: torch.Tensor
    teeth: torch.Tensor
    lips: torch.Tensor


def strengths(shape: Shape, ag: torch.Tensor, ps: torch.Tensor) -> Strengths:
    """`ag` glottal area cm2, `ps` lung pressure dyn/cm2, both (T,)."""
    mouth = PHARYNX + BEND + 4
    places = (shape.area[:, PHARYNX + 6:mouth].amin(1), shape.area[:, mouth:].amin(1), shape.lip_area)
    resistance = sum(area**-2 for area in places)
    outlet = resistance.rsqrt() + shape.port
    settled = ps * ag**2 / (ag**2 + outlet**2)
    # the cheeks and the pharynx yield, so pressure builds up in 10 ms behind an open glottis and in 60 ms behind a closed one
    spread = torch.sigmoid((ag - 0.11) / 0.02)
    built = spread * _lagged(settled, 10.0, 12) + (1 - spread) * _lagged(settled, 60.0, 40)
    oral = torch.minimum(built, settled)  # a release is immediate
    across = (ps - oral).clamp(min=0.0)
    pressed = torch.sigmoid((0.135 - ag) / 0.018)
    drops = [(1e-3 * oral * area**-2 / resistance).clamp(min=1e-6) for area in places]
    noise = [drop**1.5 * (area - LEAK_CM2).clamp(1e-9, 1.0).sqrt() for drop, area in zip(drops, places, strict=True)]
    return Strengths(pressed * softplus((across - 1500.0) / 400.0) * (400.0 / 6500.0), 2.2 * (1e-3 * across) ** 1.5 * ag, *noise)


def _lagged(x: torch.Tensor, ms: float, frames: int) -> torch.Tensor:
    """A one-pole lag, cut off after `frames`."""
    kernel = torch.exp(-torch.arange(frames, dtype=x.dtype) * (1000.0 / FRAME_RATE) / ms).flip(0)
    padded = pad(x.view(1, 1, -1), (frames - 1, 0), mode="replicate")
    return conv1d(padded, (kernel / kernel.sum()).view(1, 1, -1)).view(-1)
