"""Networks of the generators; images are levels (B, 128, 64), alone or with two channels of phase advances.

All share one plan: a grid of 8 x 4 cells with 96 channels is widened in three steps (or narrowed in three) by convolutions and
pixel shuffles, which keeps each network below a million weights.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.digits.spectra import BINS, FRAMES
from artinv.digits.words import DIGITS

CELLS = (BINS // 16, FRAMES // 16)
"""Size of the smallest grid."""

_WIDE, _MIDDLE, _NARROW = 96, 48, 24
_TIMES = 16  # sinusoids that describe the time of a flow
_SLOPE = 0.2


def one_hot(digits: Tensor) -> Tensor:
    """Return digits (B,) as (B, 10) float32."""
    return functional.one_hot(digits, DIGITS).float()


class Narrowing(nn.Module):
    """Images (B, C, 128, 64) -> three grids of 32 x 16, 16 x 8 and 8 x 4 cells."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([
            nn.Conv2d(n_in, _NARROW, 8, 4, 2), nn.Conv2d(_NARROW, _MIDDLE, 4, 2, 1), nn.Conv2d(_MIDDLE, _WIDE, 4, 2, 1),
        ])

    def forward(self, values: Tensor) -> list[Tensor]:
        """Return the grids, the finest first."""
        grids = []
        for layer in self.layers:
            values = functional.leaky_relu(layer(values), _SLOPE)
            grids.append(values)
        return grids


class Widening(nn.Module):
    """A vector (B, size), and grids of a condition where there is one, -> images (B, C, 128, 64) in [-1, 1]."""

    def __init__(self, size: int, n_out: int, *, normalized: bool, conditioned: bool = False) -> None:
        super().__init__()
        more = (_WIDE, _MIDDLE, _NARROW) if conditioned else (0, 0, 0)
        self.first = nn.Linear(size, _WIDE * CELLS[0] * CELLS[1])
        self.steps = nn.ModuleList([
            _Step(_WIDE + more[0], _MIDDLE, normalized), _Step(_MIDDLE + more[1], _NARROW, normalized),
            nn.Sequential(nn.Conv2d(_NARROW + more[2], 16 * n_out, 5, 1, 2), nn.PixelShuffle(4)),
        ])

    def forward(self, vector: Tensor, grids: list[Tensor] | None = None) -> Tensor:
        """Return images; `grids` are those of `Narrowing`."""
        values = functional.leaky_relu(self.first(vector), _SLOPE).unflatten(1, (_WIDE, *CELLS))
        for number, step in enumerate(self.steps):
            values = step(values if grids is None else torch.cat([values, grids[-1 - number]], 1))
        return torch.tanh(values)


class _Step(nn.Module):
    """A convolution and a pixel shuffle to a grid that is twice as fine."""

    def __init__(self, n_in: int, n_out: int, normalized: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_in, 4 * n_out, 3, 1, 1)
        self.finer = nn.PixelShuffle(2)
        self.norm = nn.GroupNorm(4, n_out) if normalized else nn.Identity()

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, n_in, H, W) to (B, n_out, 2 H, 2 W)."""
        return functional.leaky_relu(self.norm(self.finer(self.convolution(values))), _SLOPE)


class Autoencoder(nn.Module):
    """A variational autoencoder of levels, given the digit."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.encoder = Narrowing(1)
        self.moments = nn.Linear(_WIDE * CELLS[0] * CELLS[1] + DIGITS, 2 * size)
        self.decoder = Widening(size + DIGITS, 1, normalized=False)

    def encode(self, levels: Tensor, digits: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and logarithm of the variance (B, size) of the latent values of levels (B, 128, 64)."""
        coarsest = self.encoder(levels[:, None])[-1].flatten(1)
        mean, log_variance = self.moments(torch.cat([coarsest, one_hot(digits)], 1)).chunk(2, 1)
        return mean, log_variance.clamp(-12, 4)

    def decode(self, latent: Tensor, digits: Tensor) -> Tensor:
        """Return levels (B, 128, 64) of latent values (B, size)."""
        return self.decoder(torch.cat([latent, one_hot(digits)], 1))[:, 0]


class Velocity(nn.Module):
    """The velocity of a flow from noise to latent values, for one digit and a time from 0 to 1."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(size + DIGITS + _TIMES, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, size),
        )

    def forward(self, latent: Tensor, time: Tensor, digits: Tensor) -> Tensor:
        """Return the velocity (B, size) at latent values (B, size) and times (B,)."""
        rates = math.pi * 2 ** torch.arange(_TIMES // 2, device=latent.device)
        angles = time[:, None] * rates
        return self.layers(torch.cat([latent, one_hot(digits), angles.sin(), angles.cos()], 1))


class Generator(nn.Module):
    """Noise (B, size) and a digit -> an image with 1 channel (levels) or 3 (levels and phase advances).

    With `conditioned` it also sees the phase advances (B, 2, 128, 64) of a real sound of the digit.
    """

    def __init__(self, size: int, n_out: int, *, conditioned: bool) -> None:
        super().__init__()
        self.size = size
        self.condition = Narrowing(2) if conditioned else None
        self.decoder = Widening(size + DIGITS, n_out, normalized=True, conditioned=conditioned)

    def forward(self, noise: Tensor, digits: Tensor, advances: Tensor | None = None) -> Tensor:
        """Return images (B, channels, 128, 64)."""
        grids = self.condition(advances) if self.condition is not None else None
        return self.decoder(torch.cat([noise, one_hot(digits)], 1), grids)


class Critic(nn.Module):
    """A score of images of a digit: a linear score, and a projection on a vector that belongs to the digit."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.encoder = Narrowing(n_in)
        self.hidden = nn.Linear(_WIDE * CELLS[0] * CELLS[1], _WIDE)
        self.score = nn.Linear(_WIDE, 1)
        self.digits = nn.Embedding(DIGITS, _WIDE)

    def forward(self, images: Tensor, digits: Tensor) -> Tensor:
        """Return scores (B,) of images (B, C, 128, 64)."""
        features = functional.leaky_relu(self.hidden(self.encoder(images)[-1].flatten(1)), _SLOPE)
        return self.score(features)[:, 0] + (features * self.digits(digits)).sum(1)
