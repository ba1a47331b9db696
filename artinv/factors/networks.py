"""Encoders from images (B, frames, bins) to Gaussians of latents, and decoders back: `mlp` and `conv`."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.learn.layers import dense
from artinv.runtime.errors import BadParams, expected

NAMES = ("mlp", "conv")

WIDTHS = (16, 32)
"""Channels of the two convolutions over bins; frames are the channels of their input."""

_DEPTH = 2  # hidden layers of `mlp`
_WIDEST = 8.0  # limit of the log-variance in either direction, far outside what training reaches


class Autoencoder(nn.Module):
    """An encoder and a decoder; means and log-variances of the latents have no other limits than those of rounding."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        """Combine them."""
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (B, frames, bins) to means and log-variances (B, latents)."""
        mean, log_variance = self.encoder(images).chunk(2, -1)
        return mean, log_variance.clamp(-_WIDEST, _WIDEST)

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (B, latents) to images (B, frames, bins), 0 to 1."""
        return torch.sigmoid(self.decoder(latents))


class _Deconvolution(nn.Module):
    """The reverse of two strided convolutions: each step doubles the bins and cuts what is beyond."""

    def __init__(self, latents: int, hidden: int, frames: int, bins: int) -> None:
        super().__init__()
        self.sizes = (bins, -(-bins // 2), -(-bins // 4))
        self.dense = dense([latents, hidden, WIDTHS[1] * self.sizes[2]])
        self.first = nn.ConvTranspose1d(WIDTHS[1], WIDTHS[0], 4, 2, 1)
        self.second = nn.ConvTranspose1d(WIDTHS[0], frames, 4, 2, 1)

    def forward(self, latents: Tensor) -> Tensor:
        values = self.dense(latents).unflatten(1, (WIDTHS[1], self.sizes[2]))
        values = functional.relu(self.first(values)[..., :self.sizes[1]])
        return self.second(values)[..., :self.sizes[0]]


def build(name: str, frames: int, bins: int, latents: int, hidden: int) -> Autoencoder:
    """Return a network with initial weights from torch's global random generator."""
    if name not in NAMES:
        raise BadParams(f"train.runs: unknown network '{name}'; {expected(name, NAMES)}")
    if name == "mlp":
        widths = [hidden] * _DEPTH
        encoder = nn.Sequential(nn.Flatten(), dense([frames * bins, *widths]), nn.Linear(hidden, 2 * latents))
        decoder = nn.Sequential(dense([latents, *widths]), nn.Linear(hidden, frames * bins), nn.Unflatten(1, (frames, bins)))
        return Autoencoder(encoder, decoder)
    convolutions = nn.Sequential(
        nn.Conv1d(frames, WIDTHS[0], 5, 2, 2), nn.ReLU(), nn.Conv1d(WIDTHS[0], WIDTHS[1], 5, 2, 2), nn.ReLU(), nn.Flatten())
    encoder = nn.Sequential(convolutions, dense([WIDTHS[1] * -(-bins // 4), hidden]), nn.Linear(hidden, 2 * latents))
    return Autoencoder(encoder, _Deconvolution(latents, hidden, frames, bins))
