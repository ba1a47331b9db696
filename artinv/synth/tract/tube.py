"""Shape of the tract -> transfer functions from the glottis and from noise sources in the mouth to the radiated sound."""

import math
from typing import NamedTuple

import torch

from artinv.synth.tract.anatomy import BEND, MOUTH, PHARYNX, PORT_S, Anatomy
from artinv.synth.tract.blocks import Block, Matrix
from artinv.synth.tract.controls import RATE
from artinv.synth.tract.geometry import Shape
from artinv.synth.tract.loss import RHO, C, Wave, hyperbolic, medium, mouth_opening, section
from artinv.synth.tract.nasal import Nose

VELAR = 4  # number of mouth sections behind the source of velar noise
CHUNK = 128  # frames per chunk, so that the matrices fit into the processor cache
LARYNX_CM2 = 1.3  # cm2, area of the larynx tube of an adult male


class Responses(NamedTuple):
    """Transfer functions (T, frequencies), complex: radiated sound per unit of the source named below."""

    voice: torch.Tensor  # flow at the glottis
    palate: torch.Tensor  # pressure source at the velum and hard palate
    teeth: torch.Tensor  # pressure source at the teeth


class Tube:
    """Acoustic model of one anatomy at `size // 2 + 1` frequencies."""

    def __init__(self, anatomy: Anatomy, size: int = 512, dtype: torch.dtype = torch.float32) -> None:
        self.anatomy, self.size = anatomy, size
        self.hertz = torch.arange(size // 2 + 1, dtype=torch.float64) * (RATE / size)
        exact = medium(self.hertz.numpy(), anatomy.wall)
        kind = torch.complex64 if dtype == torch.float32 else torch.complex128
        self.jw, gamma, self.sigma = (value.to(kind) for value in exact)
        self.ohm, self.per_ohm = RHO * C * gamma, 1 / (RHO * C * gamma)
        self.radiation = self.jw / (2 * math.pi * 500.0)
        self.nose = Nose(anatomy, self.hertz, kind)
        port = round((PORT_S - 1) * BEND)
        bend, mouth = 0.1 * anatomy.bend_mm / BEND, 0.1 * anatomy.oral_mm / MOUTH
        throat = 0.1 * anatomy.pharynx_mm / PHARYNX
        parts = ((PHARYNX, throat), (port, bend), (BEND - port, bend), (VELAR, mouth), (MOUTH - VELAR, mouth))
        self.counts = [count for count, _ in parts]
        self.blocks = [Block(exact, count, cm, dtype) for count, cm in parts]

    def __call__(self, shape: Shape, ag: torch.Tensor) -> Responses:
        """Return the transfer functions of a shape with glottal area `ag` (T,) in cm2."""
        if torch.is_grad_enabled() or len(ag) <= CHUNK:
            return self._responses(shape, ag)
        pieces = zip(*(x.split(CHUNK) for x in (*shape, ag)), strict=True)
        parts = [self._responses(Shape(*part), glottis) for *part, glottis in pieces]
        return Responses(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _responses(self, shape: Shape, ag: torch.Tensor) -> Responses:
        pharynx, below_port, above_port, rear, front = (
            block(area) for block, area in zip(self.blocks, shape.area.split(self.counts, -1), strict=True)
        )
        lip_area, larynx = shape.lip_area.unsqueeze(-1), LARYNX_CM2 * self.anatomy.size**2
        between_lips, in_larynx = (
            hyperbolic(self.sigma * (cm.unsqueeze(-1) * (1 / C))) for cm in (shape.lip_len, shape.lar_len)
        )
        # from the lips inward: the wave, and the flow at the lips that it causes
        start = mouth_opening(self.jw, lip_area) * self.per_ohm, torch.ones_like(self.jw)
        at_teeth = section(start, lip_area, between_lips)
        at_palate, flow_palate = _normalized(_inward(front, at_teeth), torch.ones_like(lip_area))
        wave, flow = _normalized(_inward(above_port, _inward(rear, at_palate)), flow_palate)
        p, u = wave
        branch = self.nose.admittance(self.jw, shape.port.unsqueeze(-1)) * self.ohm
        nostrils = p * branch * self.nose.flow
        p, u = section(_inward(pharynx, _inward(below_port, (p, u + p * branch))), larynx, in_larynx)
        chink = 1 / ag.clamp(min=0.005).unsqueeze(-1)
        glottis = (4.0 + self.jw * (0.3 * RHO)) * self.per_ohm * chink
        voice = (flow + nostrils) * torch.reciprocal(u + p * torch.reciprocal(glottis))
        # from the glottis outward: the impedance behind each noise source, as a row (1, Z)
        row = section((torch.ones_like(glottis), glottis), 1 / larynx, in_larynx)
        behind, ahead = _outward(below_port, _outward(pharynx, row))
        row = _outward(rear, _outward(above_port, (behind + ahead * branch, ahead)))
        palate = flow_palate * _from(row, at_palate) * self.per_ohm
        teeth = _from(_outward(front, row), at_teeth) * self.per_ohm
        return Responses(*(self.radiation * response for response in (voice, palate, teeth)))


def _inward(matrix: Matrix, wave: Wave) -> Wave:
    t11, t12, t21, t22 = matrix
    p, u = wave
    return t11 * p + t12 * u, t21 * p + t22 * u


def _outward(matrix: Matrix, row: Wave) -> Wave:
    t11, t12, t21, t22 = matrix
    first, second = row
    return first * t11 + second * t21, first * t12 + second * t22


def _from(row: Wave, wave: Wave) -> torch.Tensor:
    """Return the flow through a pressure source between the tract behind it (row) and ahead (wave), per unit of the wave."""
    (first, second), (p, u) = row, wave
    return torch.reciprocal(p * first + second * u) * first


def _normalized(wave: Wave, flow: torch.Tensor) -> tuple[Wave, torch.Tensor]:
    """Divide wave and flow by the peak of the wave, which overflows float32 in closures; the gradient ignores the factor."""
    peaks = [torch.view_as_real(part.detach()).flatten(1).abs().amax(1, keepdim=True) for part in wave]
    scale = 1.0 / torch.maximum(*peaks)
    p, u = wave
    return (p * scale, u * scale), flow * scale
