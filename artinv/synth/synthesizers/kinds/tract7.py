"""The vocal tract reduced to seven parameters: one constriction of the tongue, lips, length, velum, pitch and tilt.

The tongue has its neutral distance from the wall, and one constriction at `place`, smooth along the tract.
"""

import torch
from torch import Tensor

from artinv.synth.synthesizers.articulation import Articulation
from artinv.synth.synthesizers.protocol import Parameter, Synthesizer

SPEC = (
    Parameter("place", "", 0.8, 2.7),  # of the constriction, grid coordinate s: 1 and 2 the ends of the bend
    Parameter("degree", "mm", 1.5, 12.0),  # distance of tongue and wall in the constriction
    Parameter("lips", "mm", 1.0, 16.0),  # opening
    Parameter("length", "mm", -10.0, 10.0),  # of the tract relative to neutral, by larynx and lip protrusion
    Parameter("velum", "", 0.3, 1.0),  # the port to the nose opens above 0.3
    Parameter("f0", "Hz", 70.0, 350.0, "log"),
    Parameter("tilt", "Hz", 800.0, 6000.0, "log"),
)

KNOTS = (0.92, 1.6, 2.15, 2.75)
"""Grid coordinates s of root, dorsum, body and apex."""

NEUTRAL = (14.0, 13.0, 12.0, 12.0)
"""Distances of root, dorsum, body and apex from the wall in mm."""

_WIDTH = 0.42  # of the constriction along s
_JAW, _PRESSURE, _GLOTTIS = 6.0, 8000.0, 0.05


class Reduced(Articulation):
    """A tract with seven parameters."""

    name = "tract7"
    spec: tuple[Parameter, ...] = SPEC

    def _rendered(self, values: Tensor, seed: int) -> Tensor:
        return super()._rendered(expanded(values), seed)


def expanded(values: Tensor) -> Tensor:
    """Return the 17 parameters of the tract (..., 17) for the seven (..., 7)."""
    place, degree, lips, length, velum, f0, tilt = values.unbind(-1)
    root, dorsum, body, apex = (
        neutral + (degree - neutral) * torch.exp(-(((s - place) / _WIDTH) ** 2)) for s, neutral in zip(KNOTS, NEUTRAL, strict=True)
    )
    one = torch.ones_like(f0)
    tongue = (KNOTS[3] * one, apex, KNOTS[2] * one, body, KNOTS[1] * one, dorsum, root)
    mouth = (lips, 1.5 + 0.45 * length, velum, 0 * one, -0.6 * length)
    return torch.stack((_JAW * one, *tongue, *mouth, f0, _PRESSURE * one, _GLOTTIS * one, tilt), -1)


def build(sound_rate: int, samples: int) -> Synthesizer:
    """Return the synthesizer; its values may be static or move."""
    return Reduced(sound_rate, samples)
