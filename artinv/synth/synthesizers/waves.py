"""Waves with little aliasing: each jump or corner is smoothed by a cubic B-spline that is four samples wide.

Phases are in cycles. `step` is the advance of the phase per sample in cycles, positive and at most 1/8. A smoothed wave has the
harmonics of the ideal wave, each multiplied by sinc^4 of its frequency in cycles per sample; `bands.Band` removes this factor.
"""

import math

import torch
from torch import Tensor

_BLOCK = 256


def phase(frequency: Tensor, rate: float, samples: int) -> Tensor:
    """Return phases (..., samples), which start at 0, of constant frequencies (...) in Hz at `rate` samples per second.

    Whole cycles are removed from the start of each block in float64: the product of time and frequency, some 1000 cycles, would
    leave a phase too coarse in float32.
    """
    step = frequency.double() / rate
    starts = step.unsqueeze(-1) * torch.arange(0, samples, _BLOCK, dtype=torch.float64, device=step.device)
    starts = (starts - starts.detach().floor()).to(frequency.dtype)
    within = step.to(frequency.dtype).unsqueeze(-1) * torch.arange(_BLOCK, dtype=frequency.dtype, device=step.device)
    return (starts.unsqueeze(-1) + within.unsqueeze(-2)).flatten(-2)[..., :samples]


def wrapped(cycles: Tensor) -> Tensor:
    """Return phases without whole cycles, from -1/2 to 1/2."""
    return cycles - cycles.detach().round()


def sine(cycles: Tensor, step: Tensor) -> Tensor:
    """Return a sine, with the factor that smoothing has on the fundamentals of the other waves."""
    square = (math.pi * step).square()
    return torch.sin(2 * math.pi * cycles) * (1 - square * (2 / 3 - square / 5))


def saw(cycles: Tensor, step: Tensor) -> Tensor:
    """Return a wave that rises from -1 to 1 and is 0 at phase 0."""
    place = wrapped(cycles + 0.5)
    return 2 * place - place.sign() * (1 - 2 * _tail(place.abs() / step, 4))


def square(cycles: Tensor, step: Tensor) -> Tensor:
    """Return a wave that is 1 in the first half of the cycle and -1 in the second."""
    place = wrapped(cycles)
    edge = 0.25 - (place.abs() - 0.25).abs()
    return place.sign() * (1 - 2 * _tail(edge / step, 4))


def triangle(cycles: Tensor, step: Tensor) -> Tensor:
    """Return a wave that rises from 0 at phase 0 to 1 at phase 1/4 and falls to -1 at phase 3/4."""
    place = wrapped(cycles - 0.25).abs() - 0.25
    return place.sign() * 8 * step * _tail((0.25 - place.abs()) / step, 5) - 4 * place


def pulses(cycles: Tensor, step: Tensor) -> Tensor:
    """Return one pulse a cycle, at whole phases, of area 1 in cycles and without the mean: every harmonic has amplitude 2."""
    return _tail(wrapped(cycles).abs() / step, 3) / step - 1


def _tail(distance: Tensor, degree: int) -> Tensor:
    """Return the cubic B-spline (degree 3) at distances >= 0, or its integral (4) or double integral (5) from there to infinity."""
    outer, inner = ((end - distance).clamp(min=0) for end in (2, 1))
    return (_power(outer, degree) - 4 * _power(inner, degree)) / math.factorial(degree)


def _power(values: Tensor, degree: int) -> Tensor:
    twice = values.square()
    return twice * values if degree == 3 else twice.square() if degree == 4 else twice.square() * values
