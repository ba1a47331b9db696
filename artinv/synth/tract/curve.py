"""Two smooth shapes the geometry is made of: a floor under distances and a curve through the tongue's knots."""

import torch
from torch.nn.functional import softplus


def soft_floor(x: torch.Tensor, width: float, leak: float = 0.0) -> torch.Tensor:
    """max(x, 0) rounded over `width`; `leak` passes on that share of what lies below 0, as flesh under pressure does."""
    return width * softplus(x / width) + leak * x.clamp(max=0.0)


def monotone_cubic(at: torch.Tensor, height: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Curve through knots (..., K), `at` rising, read at (..., Q).

    Slopes are the weighted harmonic mean of the secants and 0 at a turning point (Fritsch & Butland), so that the curve
    never overshoots its knots: an overshoot of 2 mm would be a closure out of nowhere.
    """
    step = at.diff(dim=-1)
    secant = height.diff(dim=-1) / step
    left, right = secant[..., :-1], secant[..., 1:]
    before, after = 2 * step[..., 1:] + step[..., :-1], step[..., 1:] + 2 * step[..., :-1]
    rising = left * right > 1e-9
    mean = (before + after) / (before / torch.where(rising, left, 1.0) + after / torch.where(rising, right, 1.0))
    slope = torch.cat([secant[..., :1], torch.where(rising, mean, 0.0), secant[..., -1:]], -1)
    found = torch.searchsorted(at.detach().contiguous(), query.detach().contiguous())
    k = found.clamp(1, at.shape[-1] - 1) - 1
    width = step.gather(-1, k)
    t = (query - at.gather(-1, k)) / width
    h0, h1 = height.gather(-1, k), height.gather(-1, k + 1)
    m0, m1 = slope.gather(-1, k) * width, slope.gather(-1, k + 1) * width
    return h0 + t * (m0 + t * (3 * (h1 - h0) - 2 * m0 - m1 + t * (2 * (h0 - h1) + m0 + m1)))
