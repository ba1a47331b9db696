"""Lips and jaw: how far the lips stand open, and where the coils on them lie."""

import math

import torch
from torch.nn.functional import softplus

from artinv.synth.tract.anatomy import EDGE_MM, Anatomy
from artinv.synth.tract.controls import CONTROL
from artinv.synth.tract.curve import soft_floor

LEAK_CM2 = 5e-4  # what a closure leaves open, for finite impedances
JAW_REST_MM = 4.5
JAW_SHARE = 0.6  # of the jaw's motion that opens the lips
UPPER_SHARE = 0.32  # of what the jaw does not do falls to the upper lip
TEETH_MM = 3.0  # closed lips meet this far in front of the incisors' edge


def opening(controls: torch.Tensor) -> torch.Tensor:
    """Height of the lip opening in mm, negative when pressed together.

    Open lips ride on the jaw; lips that are held close are held against it, or a low jaw would undo every /p/.
    """
    commanded = controls[..., CONTROL["lh"]]
    free = commanded.clamp(min=0.0) ** 2
    free = free / (free + 9.0)
    return commanded + JAW_SHARE * (controls[..., CONTROL["jaw"]] - JAW_REST_MM) * free


def tube(controls: torch.Tensor, anatomy: Anatomy) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Height mm, area cm2 and length cm of the tube between the lips; protruded lips are narrower."""
    height = soft_floor(opening(controls), 0.35)
    protrusion = controls[..., CONTROL["lp"]]
    width = 8.0 + 4.0 * softplus((30.0 - 3.6 * protrusion) / 4.0)
    area = math.pi / 4 * width * height * 0.01 + LEAK_CM2
    return height, area, (anatomy.lip_mm + 0.9 * protrusion).clamp(min=2.0) * 0.1


def coils(controls: torch.Tensor, anatomy: Anatomy) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Lower incisor, upper lip, lower lip: (..., 2) mm each.

    The lips' distance is the opening plus a constant. What the jaw does not provide is shared between the lips, and the
    lower lip goes back with the jaw.
    """
    jaw, protrusion = controls[..., CONTROL["jaw"]], controls[..., CONTROL["lp"]]
    angle = math.radians(anatomy.jaw_angle_deg)
    back, down = jaw * math.sin(angle), jaw * math.cos(angle)
    incisor = torch.stack([-1.0 - back, -17.0 - down], -1)
    apart = soft_floor(opening(controls), 0.5, leak=0.25)
    raised = UPPER_SHARE * (apart - (jaw - JAW_REST_MM))
    rest = JAW_REST_MM * math.sin(angle)
    (upper_x, upper_y), (lower_x, lower_y) = anatomy.ul_off, anatomy.ll_off
    upper = torch.stack([TEETH_MM + upper_x + 0.6 * protrusion, upper_y - EDGE_MM + raised], -1)
    lower = torch.stack([TEETH_MM + lower_x + 0.7 * protrusion + rest - back, lower_y - EDGE_MM + raised - apart], -1)
    return incisor, upper, lower
