"""A speaker's fixed shapes: proportions, palate and wall.

Millimetres, x front, y up. The origin is where articulographs put it: on the gum above the upper incisors.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

PHARYNX, BEND, MOUTH = 14, 12, 14
"""Tube sections in each part of the tract, about 3.5 mm each."""

SECTIONS = PHARYNX + BEND + MOUTH

EDGE_MM = 6.0
"""The edge of the upper incisors lies this far below the origin."""

PORT_S = 1.6
"""Where the nose branches off."""


@dataclass(frozen=True)
class Anatomy:
    """One head. The defaults are an adult male; lengths in mm."""

    name: str = "male"
    pharynx_mm: float = 50.0
    fan_mid_radius_mm: float = 27.0  # radius of the tract's midline in the bend
    fan_wall_mm: float = 35.0  # radius of the outer wall in the bend
    oral_mm: float = 46.0
    larynx_mm: float = 21.0
    lip_mm: float = 9.0
    palate_height_mm: float = 15.0  # above the edge of the upper incisors
    palate_dome: float = 0.5  # 0 flat .. 1 domed with a steep ridge behind the teeth
    size: float = 1.0  # scale of distances across the tract
    alpha_oral: float = 1.75  # area in cm2 of a mouth 1 cm high
    alpha_ph: float = 2.0  # area in cm2 of a pharynx 1 cm deep
    nasal_mm: float = 112.0
    nasal_scale: float = 1.0  # scale of the nose's areas
    wall: float = 1.0  # scale of the yielding of the walls
    jaw_angle_deg: float = 22.0  # the jaw opens backward by this angle from straight down
    tt_off: float = 9.0  # coil on the tongue tip, mm behind the apex
    tb_off: float = 0.0  # coils on body and dorsum, mm ahead of their usual places
    td_off: float = 0.0
    ul_off: tuple[float, float] = (6.0, 9.0)  # upper-lip coil, x and y from where the closed lips meet
    ll_off: tuple[float, float] = (6.0, -9.0)  # lower-lip coil, the same
    v_s: float = 1.66  # where the velum's coil sits

    @property
    def tract_mm(self) -> float:
        """Length from glottis to lips along the midline."""
        return self.larynx_mm + self.pharynx_mm + self.bend_mm + self.oral_mm + self.lip_mm

    @property
    def bend_mm(self) -> float:
        """Length of the bend along the midline."""
        return self.fan_mid_radius_mm * math.pi / 2


MALE = Anatomy()

FEMALE = Anatomy(
    name="female", pharynx_mm=40.0, fan_mid_radius_mm=24.6, fan_wall_mm=31.6, oral_mm=41.4, larynx_mm=17.2, lip_mm=7.9,
    palate_height_mm=13.2, size=0.88, nasal_mm=101.0,
)
"""An adult female: a shorter pharynx and a smaller mouth, not a scaled copy of the male."""


def palate(anatomy: Anatomy, t: np.ndarray) -> np.ndarray:
    """Height above the incisors' edge in mm, from the palate's rear end (t = 0) to its front (t = 1): a dome, then a slope.

    The slope is as long as in real heads, where a tip coil at the ridge lies 7 to 10 mm lower than one under the dome.
    """
    steepness = 5.6 + 7.2 * anatomy.palate_dome
    ridge = 0.54

    def fall(x: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(steepness * (x - ridge)))

    first, last = fall(np.array(0.0)), fall(np.array(1.0))
    dome = 1.0 + 0.10 * np.sin(np.pi * np.clip(t / 0.8, 0.0, 1.0)) * (0.5 + anatomy.palate_dome)
    return 0.924 * anatomy.palate_height_mm * dome * (fall(t) - last) / (first - last)


def wall(anatomy: Anatomy, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of the outer wall and unit vectors into the tract, both (..., 2), at grid coordinates s in [0, 3]."""
    s = np.asarray(s, float)
    radius = anatomy.fan_wall_mm
    x0, y0 = -anatomy.oral_mm, float(palate(anatomy, np.array(0.0))) - EDGE_MM - radius
    angle = np.pi - (np.clip(s, 1.0, 2.0) - 1.0) * np.pi / 2
    x = x0 + radius * np.cos(angle)
    y = y0 + radius * np.sin(angle)
    inward = np.stack([-np.cos(angle), -np.sin(angle)], -1)
    pharynx, mouth = s < 1, s > 2
    x = np.where(pharynx, x + 3.0 * np.sin(np.pi / 2 * (1.0 - s)) ** 2, x)  # its foot leans forward
    y = np.where(pharynx, y0 - (1.0 - s) * anatomy.pharynx_mm, y)
    x = np.where(mouth, x0 + (s - 2.0) * anatomy.oral_mm, x)
    y = np.where(mouth, palate(anatomy, s - 2.0) - EDGE_MM, y)
    return np.stack([x, y], -1), inward


def grid() -> np.ndarray:
    """Grid coordinates of the middles of the tube sections, glottis to teeth."""
    parts = ((PHARYNX, 0.0), (BEND, 1.0), (MOUTH, 2.0))
    return np.concatenate([start + (np.arange(count) + 0.5) / count for count, start in parts])


class WallTable:
    """(s, d) -> (x, y) mm, differentiable: linear interpolation in a dense table of the wall."""

    def __init__(self, anatomy: Anatomy, dtype: torch.dtype = torch.float32) -> None:
        points, inward = wall(anatomy, np.linspace(0.0, 3.0, 301))
        self.table = torch.tensor(np.concatenate([points, inward], -1), dtype=dtype)

    def __call__(self, s: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """Points d mm from the wall, (..., 2)."""
        place = s.clamp(0.0, 3.0) * 100.0
        left = place.detach().floor().long().clamp(0, 299)
        weight = (place - left).unsqueeze(-1)
        row = self.table[left] * (1.0 - weight) + self.table[left + 1] * weight
        return row[..., :2] + d.unsqueeze(-1) * row[..., 2:]
