"""Lips and jaw: the opening between the lips, and the positions of the coils on lips and jaw."""

import math

import torch
from torch.nn.functional import softplus

from artinv.synth.tract.anatomy import EDGE_MM, Anatomy
from artinv.synth.tract.controls import CONTROL
from artinv.synth.tract.curve import soft_floor

LEAK_CM2 = 5e-4  # area that remains in a closure, so that impedances stay finite
JAW_REST_MM = 4.5
JAW_SHARE = 0.6  # fraction of the jaw motion that opens the lips
UPPER_SHARE = 0.32  # fraction of the remaining opening that the upper lip provides
OPEN_MM2 = 9.0  # square of the commanded opening at which the lips follow half of the jaw motion
APART_MM, APART_LEAK = 0.5, 0.25  # of `soft_floor`, which keeps the coils of pressed lips apart
UPPER_PROTRUSION, LOWER_PROTRUSION = 0.6, 0.7  # mm of the coils for 1 mm of protrusion
TEETH_MM = 3.0  # distance of the contact point of closed lips in front of the edge of the incisors


def opening(controls: torch.Tensor) -> torch.Tensor:
    """Return the height of the lip opening in mm; negative values press the lips together.

    Open lips move with the jaw. Closed lips do not: otherwise a low jaw would open every /p/.
    """
    commanded = controls[..., CONTROL["lh"]]
    free = commanded.clamp(min=0.0) ** 2
    free = free / (free + OPEN_MM2)
    return commanded + JAW_SHARE * (controls[..., CONTROL["jaw"]] - JAW_REST_MM) * free


def tube(controls: torch.Tensor, anatomy: Anatomy) -> tuple[torch.Tensor, torch.Tensor]:
    """Return area (cm2) and length (cm) of the tube between the lips; protruded lips are narrower."""
    height = soft_floor(opening(controls), 0.35)
    protrusion = controls[..., CONTROL["lp"]]
    width = 8.0 + 4.0 * softplus((30.0 - 3.6 * protrusion) / 4.0)
    area = math.pi / 4 * width * height * 0.01 + LEAK_CM2
    return area, (anatomy.lip_mm + 0.9 * protrusion).clamp(min=2.0) * 0.1


def coils(controls: torch.Tensor, anatomy: Anatomy) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the coils on lower incisor, upper lip and lower lip, (..., 2) mm each.

    The distance between the lip coils is the opening plus a constant. The two lips share the part of the opening that the jaw does
    not provide, and the lower lip moves back with the jaw.
    """
    jaw, protrusion = controls[..., CONTROL["jaw"]], controls[..., CONTROL["lp"]]
    angle = math.radians(anatomy.jaw_angle_deg)
    back, down = jaw * math.sin(angle), jaw * math.cos(angle)
    incisor = torch.stack([-1.0 - back, -17.0 - down], -1)
    apart = soft_floor(opening(controls), APART_MM, leak=APART_LEAK)
    raised = UPPER_SHARE * (apart - (jaw - JAW_REST_MM))
    rest = JAW_REST_MM * math.sin(angle)
    (upper_x, upper_y), (lower_x, lower_y) = anatomy.ul_off, anatomy.ll_off
    upper = torch.stack([TEETH_MM + upper_x + UPPER_PROTRUSION * protrusion, upper_y - EDGE_MM + raised], -1)
    lower = torch.stack([TEETH_MM + lower_x + LOWER_PROTRUSION * protrusion + rest - back, lower_y - EDGE_MM + raised - apart], -1)
    return incisor, upper, lower
