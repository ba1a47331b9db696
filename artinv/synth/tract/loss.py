"""Sound waves in a tube with compliant, viscous walls (Sondhi & Schroeter 1987), and the radiation load at an open end.

Neither `gamma` nor `sigma` depends on the area; the fast evaluation in `blocks` relies on this. With the pressure written as
P / (rho c gamma), the matrix of a section of area A and length l is [[cosh x, sinh x / A], [A sinh x, cosh x]], x = sigma l / c.
"""

import math
from typing import NamedTuple

import numpy as np
import torch

C = 35000.0
"""Speed of sound, cm/s."""

RHO = 0.00114
"""Density of air, g/cm3."""


Wave = tuple[torch.Tensor, torch.Tensor]
"""A wave: P / (rho c gamma) and U."""


class Medium(NamedTuple):
    """Acoustic constants of the air in the tract at each frequency, complex."""

    jw: torch.Tensor  # rad/s, angular frequency times the imaginary unit
    gamma: torch.Tensor  # gamma rho c is impedance times area
    sigma: torch.Tensor  # sigma / c is the propagation constant per cm


def medium(hertz: np.ndarray, walls: float = 1.0, viscosity: float = 1.0, dtype: torch.dtype = torch.complex128) -> Medium:
    """Return the constants at `hertz`; `walls` scales wall compliance (0: hard), `viscosity` scales friction (0: none)."""
    jw = 2j * np.pi * np.maximum(np.asarray(hertz, float), 5.0)
    friction = np.sqrt(jw * (2.0 * viscosity) ** 2)
    yielding = walls * jw * (406 * np.pi) ** 2 / ((jw + 130 * np.pi) * jw + (30 * np.pi) ** 2) + friction
    gamma = np.sqrt((friction + jw) / (yielding + jw))
    return Medium(*(torch.tensor(value, dtype=dtype) for value in (jw, gamma, gamma * (yielding + jw))))


def mouth_opening(jw: torch.Tensor, area: torch.Tensor) -> torch.Tensor:
    """Return the radiation impedance of an opening of `area` cm2: a piston in a wall, resistance and mass in parallel."""
    conductance = area * (9 * math.pi**2 / (128 * RHO * C))
    lightness = torch.sqrt(math.pi * area) * (3 * math.pi / (8 * RHO))
    return torch.reciprocal(conductance + lightness * torch.reciprocal(jw))


def hyperbolic(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return cosh and sinh of x = sigma l / c from real functions, ten times faster than a complex exponential."""
    size, angle = torch.exp(x.real), x.imag.contiguous()
    grow = torch.complex(size * torch.cos(angle), size * torch.sin(angle))
    shrink = torch.reciprocal(grow)
    return 0.5 * (grow + shrink), 0.5 * (grow - shrink)


def section(wave: Wave, area: torch.Tensor | float, turn: tuple[torch.Tensor, torch.Tensor]) -> Wave:
    """Return `wave` one section closer to the glottis; `turn` is the `hyperbolic` of the section."""
    (p, u), (even, odd) = wave, turn
    return even * p + odd * (u * (1 / area)), odd * (p * area) + even * u
