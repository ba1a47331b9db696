"""What every synthesizer offers: a description of its parameters and `render`.

A synthesizer computes sound from parameter values in physical units. `render` is pure: it depends on its arguments alone, and its
gradients with respect to continuous parameters are those of its sound. It uses the precision and the device of the values.
"""

import math
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from artinv.runtime.errors import BadParams

_MARGIN = 1e-5
"""Share of a range by which a value may lie outside it, since float32 rounds the ends of a range."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a synthesizer.

    `levels` is the number of values that a classifier distinguishes, equidistant on `scale` from `low` to `high`, both included.

    >>> Parameter("cutoff", "Hz", 200.0, 3200.0, "log", 5).values().tolist()
    [200.0, 400.0, 800.0, 1600.0, 3200.0]
    """

    name: str
    unit: str  # "" for a ratio or a choice
    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    levels: int = 16

    def __post_init__(self) -> None:
        """Check the range."""
        if not (self.low < self.high and self.levels > 1 and (self.scale == "linear" or self.low > 0)):
            raise ValueError(f"parameter '{self.name}': needs low < high, 2 or more levels, and low > 0 on a logarithmic scale")

    def values(self) -> Tensor:
        """Return the values of all levels (levels,) float64, lowest first."""
        return self.of_unit(torch.linspace(0, 1, self.levels, dtype=torch.float64))

    def of_unit(self, share: Tensor) -> Tensor:
        """Return the values at shares of the range, 0 for `low`, 1 for `high`."""
        if self.scale == "linear":
            return self.low + share * (self.high - self.low)
        return self.low * torch.pow(self.high / self.low, share)

    def to_unit(self, values: Tensor) -> Tensor:
        """Return the shares of the range that correspond to values; the inverse of `of_unit`."""
        if self.scale == "linear":
            return (values - self.low) / (self.high - self.low)
        return torch.log(values / self.low) / math.log(self.high / self.low)


@runtime_checkable
class Synthesizer(Protocol):
    """A synthesizer; modules in `artinv.synth.synthesizers.kinds` make them."""

    spec: tuple[Parameter, ...]
    sound_rate: int  # Hz
    samples: int  # length of a sound
    moving: bool  # whether `render` accepts values over time

    def render(self, values: Tensor, seed: int) -> Tensor:
        """Return sound (B, samples) from values in physical units: (B, P) static, or (B, T, P) over time (see `over_time`).

        `seed` fixes all noise; equal arguments give equal bytes. A sound does not depend on the other sounds of its batch: all
        sounds of a batch have the same noise. Values outside the ranges of `spec`, and values of a wrong shape, raise BadParams.
        """
        ...


def check(name: str, synthesizer: Synthesizer, values: Tensor) -> None:
    """Raise BadParams unless values have the shape and lie in the ranges of the synthesizer with this name."""
    spec = synthesizer.spec
    shapes = {2: f"(B, {len(spec)})"} | ({3: f"(B, T, {len(spec)})"} if synthesizer.moving else {})
    if values.ndim not in shapes or values.shape[-1] != len(spec) or not values.is_floating_point() or not all(values.shape[1:]):
        kind = f"{str(values.dtype).removeprefix('torch.')} of shape {tuple(values.shape)}"
        raise BadParams(f"{name}: the values are {kind}; expected floating-point numbers of shape {' or '.join(shapes.values())}")
    with torch.no_grad():
        low, high = (torch.tensor([getattr(parameter, end) for parameter in spec], dtype=torch.float64, device=values.device)
                     for end in ("low", "high"))
        margin = _MARGIN * (high - low)
        table = values.reshape(-1, len(spec))
        outside = ~((table >= low - margin) & (table <= high + margin))  # also true of NaN
        if outside.any():
            row, column = outside.nonzero()[0].tolist()
            parameter, unit = spec[column], f" {spec[column].unit}".rstrip()
            fault = f"parameter '{parameter.name}' is {table[row, column].item():g}{unit}"
            raise BadParams(f"{name}: {fault}; expected {parameter.low:g} to {parameter.high:g}{unit}")


def over_time(values: Tensor, places: Tensor) -> Tensor:
    """Return values (B, N, P) at places (N,) of a sound, shares of its length from 0 to 1, from values over time (B, T, P).

    The first value belongs to the start of the sound, the last to its end; values between are interpolated linearly. Append the
    last value once more where each value belongs to the start of its own stretch of the sound.

    >>> over_time(torch.tensor([[[0.0], [1.0], [5.0]]]), torch.tensor([0.0, 0.25, 0.5, 1.0])).flatten().tolist()
    [0.0, 0.5, 1.0, 5.0]
    """
    last = values.shape[1] - 1
    place = (places.double() * last).clamp(0, last)
    before = place.long()
    share = (place - before).to(values.dtype).unsqueeze(-1)
    start = values[:, before]
    return start + share * (values[:, (before + 1).clamp(max=last)] - start)


def of_unit(spec: tuple[Parameter, ...], shares: Tensor) -> Tensor:
    """Return physical values (..., P) at shares of each parameter's range."""
    return torch.stack([parameter.of_unit(shares[..., number]) for number, parameter in enumerate(spec)], -1)


def to_unit(spec: tuple[Parameter, ...], values: Tensor) -> Tensor:
    """Return the shares of each parameter's range (..., P) that correspond to physical values."""
    return torch.stack([parameter.to_unit(values[..., number]) for number, parameter in enumerate(spec)], -1)


def of_levels(spec: tuple[Parameter, ...], levels: Tensor) -> Tensor:
    """Return physical values (..., P) float64 of the numbers of levels (..., P) int."""
    return torch.stack([parameter.values().to(levels.device)[levels[..., number]] for number, parameter in enumerate(spec)], -1)


def to_levels(spec: tuple[Parameter, ...], values: Tensor) -> Tensor:
    """Return the number of the nearest level (..., P) int64 of each physical value, on the parameter's scale."""
    shares = to_unit(spec, values).clamp(0, 1)
    steps = torch.tensor([parameter.levels - 1 for parameter in spec], dtype=shares.dtype, device=shares.device)
    return (shares * steps).round().long()
