"""Two smooth functions for the geometry: a soft lower limit of distances, and a curve through the knots of the tongue."""

import torch
from torch.nn.functional import softplus


def soft_floor(x: torch.Tensor, width: float, leak: float = 0.0) -> torch.Tensor:
    """Return max(x, 0) smoothed over `width`, plus `leak` times the negative part of x, as soft tissue yields under pressure."""
    return width * softplus(x / width) + leak * x.clamp(max=0.0)


def monotone_cubic(at: torch.Tensor, height: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Evaluate at `query` (..., Q) a curve through the knots (`at`, `height`), (..., K) each, `at` increasing.

    Slopes are the weighted harmonic mean of the secants and 0 at a turning point (Fritsch & Butland), so that the curve
    never overshoots its knots. An overshoot of 2 mm would add a closure that no control asks for.
    """
    step = at.diff(dim=-1)
    secant = height.diff(dim=-1) / step
    left, right = secant[..., :-1], secant[..., 1:]
    before, after = 2 * step[..., 1:] + step[..., :-1], step[..., 1:] + 2 * step[..., :-1]
    rising = left * right > 1e-9
    mean = (before + after) / (before / torch.where(rising, left, 1.0) + after / torch.where(rising, right, 1.0))
    slope = torch.cat([secant[..., :1], torch.where(rising, mean, 0.0), secant[..., -1:]], -1)
    position = torch.searchsorted(at.detach().contiguous(), query.detach().contiguous())
    k = position.clamp(1, at.shape[-1] - 1) - 1
    width = step.gather(-1, k)
    t = (query - at.gather(-1, k)) / width
    h0, h1 = height.gather(-1, k), height.gather(-1, k + 1)
    m0, m1 = slope.gather(-1, k) * width, slope.gather(-1, k + 1) * width
    return h0 + t * (m0 + t * (3 * (h1 - h0) - 2 * m0 - m1 + t * (2 * (h0 - h1) + m0 + m1)))
