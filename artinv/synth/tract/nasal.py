"""The nasal tract: a fixed tube of 12 sections with one sinus, behind the velopharyngeal port."""

import torch

from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.loss import RHO, C, hyperbolic, medium, mouth_opening, section

AREAS = (1.6, 2.4, 3.2, 3.4, 3.0, 2.4, 2.1, 1.9, 1.7, 1.5, 1.1, 0.85)
"""Areas of the sections in cm2, from the port to the nostrils."""

SINUS = 4  # index of the section with the maxillary sinus
SINUS_CM3, SINUS_NECK, SINUS_OHM = 15.0, 0.5 / 0.15, 6.0


class Nose:
    """Input impedance of the nose and flow out of the nostrils, computed once per speaker."""

    def __init__(self, anatomy: Anatomy, hertz: torch.Tensor, dtype: torch.dtype) -> None:
        jw, gamma, sigma = medium(hertz.numpy(), 1.3 * anatomy.wall, 3.0)
        ohm = RHO * C * gamma
        turn = hyperbolic(sigma * (0.1 * anatomy.nasal_mm / len(AREAS) / C))
        areas = [area * anatomy.nasal_scale for area in AREAS]
        p, u = mouth_opening(jw, torch.tensor(areas[-1])) / ohm, torch.ones_like(gamma)
        for k in range(len(AREAS) - 1, -1, -1):
            p, u = section((p, u), areas[k], turn)
            if k == SINUS:
                u = u + p * ohm / (SINUS_OHM + jw * RHO * SINUS_NECK + RHO * C * C / (jw * SINUS_CM3))
        self.impedance = (p * ohm / u).to(dtype)
        self.flow = (1 / u).to(dtype)

    def admittance(self, jw: torch.Tensor, port: torch.Tensor) -> torch.Tensor:
        """Return flow per pressure into a port of `port` cm2 (T, 1): mass and friction of the air in the port, then the nose."""
        port = port + 1e-4
        return torch.reciprocal((jw * (1.2 * RHO) + 3.0) * (1 / port) + self.impedance)
