"""Transfer matrices of blocks of tube sections of equal length, evaluated as polynomials.

In wave variables a section is a delay, so n sections of equal length are exp(n x) times a 2x2 matrix whose entries are
polynomials in w = exp(-2 x), x = sigma l / c, with REAL coefficients that depend only on the areas. Computing the coefficients
takes n^2 real operations per frame; one real matrix product evaluates them at every frequency.
"""

import torch
from torch.nn.functional import pad

from artinv.synth.tract.loss import C, Medium

Matrix = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""T11, T12, T21, T22 of a block, (T, frequencies) complex."""


def coefficients(area: torch.Tensor) -> torch.Tensor:
    """Return the coefficients (4, T, n + 1) of T11 T12 T21 T22 in powers of w, for areas (T, n), glottis side first.

    The recursion starts at the mouth side with a = (P + U/A) / 2 and b = w (P - U/A) / 2. The step to the preceding section, of
    area A', is p = (a + b) / 2, q = A / A' (a - b) / 2, a' = p + q, b' = w (p - q).
    """
    frames, count = area.shape
    start = area.new_zeros(2, frames, count + 1)
    unit = torch.stack([torch.full_like(area[:, -1], 0.5), 0.5 / area[:, -1]])  # responses to P and to U
    a = start + pad(unit.unsqueeze(-1), (0, count))
    b = _delay(start + pad((unit * unit.new_tensor([1.0, -1.0])[:, None]).unsqueeze(-1), (0, count)))
    step = (area[:, 1:] / area[:, :-1]).unsqueeze(-1)
    for k in range(count - 2, -1, -1):
        p, q = 0.5 * (a + b), 0.5 * step[:, k] * (a - b)
        a, b = p + q, _delay(p - q)
    return torch.cat([a + b, area[:, :1] * (a - b)])


class Block:
    """A block of `count` sections, each `cm` long."""

    def __init__(self, medium: Medium, count: int, cm: float, dtype: torch.dtype) -> None:
        x = medium.sigma.to(torch.complex128) * cm / C
        powers = torch.exp((count - 2 * torch.arange(count + 1)[:, None]) * x)
        self.powers = torch.view_as_real(powers).reshape(count + 1, -1).to(dtype)

    def __call__(self, area: torch.Tensor) -> Matrix:
        """Return the transfer matrix of the block for areas (T, count) in cm2."""
        values = (coefficients(area).flatten(0, 1) @ self.powers).view(4, len(area), -1, 2)
        a, b, c, d = torch.view_as_complex(values).unbind(0)
        return a, b, c, d


def _delay(x: torch.Tensor) -> torch.Tensor:
    return pad(x[..., :-1], (1, 0))
