"""The fixed geometry of a speaker's vocal tract: proportions, palate and outer wall.

Coordinates are in mm, x towards the front, y up. The origin is the usual one of articulographs: the gum above the upper incisors.
"""

import math
from dataclasses import dataclass

import numpy as np

PHARYNX, BEND, MOUTH = 14, 12, 14
"""Number of tube sections in each part of the tract; a section is about 3.5 mm long."""

SECTIONS = PHARYNX + BEND + MOUTH
"""Number of tube sections from the glottis to the teeth."""

EDGE_MM = 6.0
"""Distance of the edge of the upper incisors below the origin."""

PORT_S = 1.6
"""Grid coordinate s of the velopharyngeal port, where the nose branches off."""


@dataclass(frozen=True)
class Anatomy:
    """Dimensions of one head; the defaults are those of an adult male. Lengths are in mm."""

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
    wall: float = 1.0  # scale of the compliance of the walls
    jaw_angle_deg: float = 22.0  # angle between the path of the opening jaw and the vertical, towards the back
    tt_off: float = 9.0  # mm, distance of the tongue-tip coil behind the apex
    tb_off: float = 0.0  # mm, shift of the tongue-body and dorsum coils ahead of their usual places
    td_off: float = 0.0
    ul_off: tuple[float, float] = (6.0, 9.0)  # mm, upper-lip coil, x and y relative to the contact point of the closed lips
    ll_off: tuple[float, float] = (6.0, -9.0)  # mm, lower-lip coil, same reference
    v_s: float = 1.66  # grid coordinate s of the velum coil

    @property
    def tract_mm(self) -> float:
        """Length from glottis to lips along the midline, in mm."""
        return self.larynx_mm + self.pharynx_mm + self.bend_mm + self.oral_mm + self.lip_mm

    @property
    def bend_mm(self) -> float:
        """Length of the bend along the midline, in mm."""
        return self.fan_mid_radius_mm * math.pi / 2


MALE = Anatomy()

FEMALE = Anatomy(
    name="female", pharynx_mm=40.0, fan_mid_radius_mm=24.6, fan_wall_mm=31.6, oral_mm=41.4, larynx_mm=17.2, lip_mm=7.9,
    palate_height_mm=13.2, size=0.88, nasal_mm=101.0,
)
"""An adult female. The pharynx is shortened more than the mouth, so this is not a scaled copy of the male."""

ADULTS = {adult.name: adult for adult in (MALE, FEMALE)}
"""Sex -> an adult of average size."""


def palate(anatomy: Anatomy, t: np.ndarray) -> np.ndarray:
    """Return the height of the palate above the edge of the incisors in mm, from its rear end (t = 0) to its front (t = 1).

    A dome is followed by a slope. As in real heads, a tip coil at the ridge lies 7 to 10 mm lower than one under the dome.
    """
    steepness = 5.6 + 7.2 * anatomy.palate_dome
    ridge = 0.54

    def fall(x: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(steepness * (x - ridge)))

    first, last = fall(np.array(0.0)), fall(np.array(1.0))
    dome = 1.0 + 0.10 * np.sin(np.pi * np.clip(t / 0.8, 0.0, 1.0)) * (0.5 + anatomy.palate_dome)
    return 0.924 * anatomy.palate_height_mm * dome * (fall(t) - last) / (first - last)


def wall(anatomy: Anatomy, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points of the outer wall in mm and unit vectors into the tract, both (..., 2), at grid coordinates s in [0, 3]."""
    s = np.asarray(s, float)
    radius = anatomy.fan_wall_mm
    x0, y0 = -anatomy.oral_mm, float(palate(anatomy, np.array(0.0))) - EDGE_MM - radius
    angle = np.pi - (np.clip(s, 1.0, 2.0) - 1.0) * np.pi / 2
    x = x0 + radius * np.cos(angle)
    y = y0 + radius * np.sin(angle)
    inward = np.stack([-np.cos(angle), -np.sin(angle)], -1)
    pharynx, mouth = s < 1, s > 2
    x = np.where(pharynx, x + 3.0 * np.sin(np.pi / 2 * (1.0 - s)) ** 2, x)  # the lower end of the pharynx leans forward
    y = np.where(pharynx, y0 - (1.0 - s) * anatomy.pharynx_mm, y)
    x = np.where(mouth, x0 + (s - 2.0) * anatomy.oral_mm, x)
    y = np.where(mouth, palate(anatomy, s - 2.0) - EDGE_MM, y)
    return np.stack([x, y], -1), inward


def grid() -> np.ndarray:
    """Return the grid coordinates s of the centres of the tube sections, from glottis to teeth."""
    parts = ((PHARYNX, 0.0), (BEND, 1.0), (MOUTH, 2.0))
    return np.concatenate([start + (np.arange(count) + 0.5) / count for count, start in parts])
