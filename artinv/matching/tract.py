"""The vocal tract that settings of `tract` and `tract7` describe: area functions, and outlines in the midsagittal plane."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artinv.synth.synthesizers.articulation import Articulation
from artinv.synth.synthesizers.kinds import tract7
from artinv.synth.synthesizers.protocol import Synthesizer
from artinv.synth.tract.anatomy import BEND, MOUTH, PHARYNX
from artinv.synth.tract.controls import CONTROLS
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import LARYNX_CM2

PARTS = ("larynx", *("pharynx",) * PHARYNX, *("bend",) * BEND, *("mouth",) * MOUTH, "lips")
"""Parts of the tract to which its sections belong, from the glottis to the opening of the lips."""

_CLOSED = (1.75, 12.0, -1.0, 0.0, 0.0, 100.0, 2000.0)  # values of tract7 with closed lips and a raised velum


@dataclass(frozen=True, slots=True, eq=False)
class TractShapes:
    """Shapes of one tract, one for each of K settings; the sections are those of `PARTS`."""

    length: np.ndarray  # (K, 42) cm, of each section
    area: np.ndarray  # (K, 42) cm2
    port: np.ndarray  # (K,) cm2, opening to the nose
    coils: np.ndarray  # (K, 14) mm, in the order of `artinv.core.channels.COIL_COLUMNS`
    tongue: np.ndarray  # (K, 40, 2) mm, x to the front and y up: the surface opposite of the wall
    wall: np.ndarray  # (40, 2) mm, rear wall of the pharynx, velum and palate
    closed: np.ndarray  # (1, 14) mm, coils with closed lips and a raised velum

    @property
    def distance(self) -> np.ndarray:
        """Return the distance of the middle of each section from the glottis (K, 42), cm."""
        return self.length.cumsum(1) - self.length / 2


def shapes_of(synth: Synthesizer, values: np.ndarray) -> TractShapes | None:
    """Return the shapes for values (K, P) in physical units; None if the synthesizer is no vocal tract."""
    if not isinstance(synth, Articulation):
        return None
    anatomy, geometry = synth.anatomy, Geometry(synth.anatomy, torch.float64)
    controls = _controls(synth.expanded(torch.from_numpy(values.astype(np.float64))))
    shape, s = geometry.shape(controls), geometry.s
    throat, bend, mouth = anatomy.pharynx_mm / PHARYNX, anatomy.bend_mm / BEND, anatomy.oral_mm / MOUTH
    fixed = torch.tensor([throat] * PHARYNX + [bend] * BEND + [mouth] * MOUTH, dtype=torch.float64) / 10
    larynx = torch.full_like(shape.port, LARYNX_CM2 * anatomy.size**2)
    ends = torch.stack([shape.lar_len, larynx, shape.lip_len, shape.lip_area], 1).unsqueeze(-1)
    length = torch.cat([ends[:, 0], fixed.expand(len(controls), -1), ends[:, 2]], 1)
    area = torch.cat([ends[:, 1], shape.area, ends[:, 3]], 1)
    tongue = geometry.wall(s.expand_as(shape.dist), shape.dist.clamp(min=0))
    closed = geometry.coils(_controls(tract7.expanded(torch.tensor([_CLOSED], dtype=torch.float64))))
    parts = (length, area, shape.port, geometry.coils(controls), tongue, geometry.wall(s, torch.zeros_like(s)), closed)
    return TractShapes(*(part.numpy() for part in parts))


def _controls(whole: Tensor) -> Tensor:
    """Return the controls (K, 13) of the 17 parameters of a tract (K, 17)."""
    return whole[:, : len(CONTROLS)]
