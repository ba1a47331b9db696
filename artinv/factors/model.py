"""A trained autoencoder with all that is needed to use it, stored in one safetensors file."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pydantic import ConfigDict

from artinv.factors import networks
from artinv.factors.networks import Autoencoder
from artinv.learn import network_file
from artinv.runtime.params import Params

KEY = "artinv.factors"
"""Entry of the file's metadata that holds the facts."""

VERSION = 1

_BATCH = 1000  # images per forward pass


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    data: str
    model: str
    network: str
    frames: int
    bins: int
    latents: int
    hidden: int
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disentangler:
    """An autoencoder of images of one size."""

    data: str  # the set that it was trained on
    model: str  # a name in artinv.factors.objectives
    network: str  # a name in artinv.factors.networks
    frames: int
    bins: int
    latents: int
    hidden: int
    weights: Autoencoder
    provenance: dict[str, str] = field(default_factory=dict)

    def code(self, images: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and log-variance of the latents (N, latents) float64 of images (N, frames, bins)."""
        with torch.inference_mode():
            pairs = [self.weights.encode(part) for part in images.split(_BATCH)]
        means, log_variances = (torch.cat(parts).double().numpy() for parts in zip(*pairs, strict=True))
        return means, log_variances

    def images(self, latents: np.ndarray) -> np.ndarray:
        """Return images (N, frames, bins) float32 of latents (N, latents)."""
        with torch.inference_mode():
            parts = torch.from_numpy(np.asarray(latents, np.float32)).split(_BATCH)
            return torch.cat([self.weights.decode(part) for part in parts]).numpy()

    def save(self, path: Path) -> None:
        """Write one file; equal autoencoders give equal bytes."""
        facts = _Facts(version=VERSION, **{name: getattr(self, name) for name in _Facts.model_fields if name != "version"})
        network_file.write(path, KEY, facts.model_dump(), network_file.weights_of(self.weights))

    @classmethod
    def load(cls, path: Path) -> "Disentangler":
        """Read a file that `save` wrote; reject any other file."""
        with network_file.checked(path, "an autoencoder of this project", "run `make factors`"):
            content, tensors = network_file.read(path, KEY)
            facts = _Facts.of(content, "metadata")
            weights = _network(facts, tensors)
        return cls(weights=weights, **facts.model_dump(exclude={"version"}))


def _network(facts: _Facts, tensors: dict[str, np.ndarray]) -> Autoencoder:
    """Build the network with these weights."""
    if facts.version != VERSION:
        raise ValueError(f"it has version {facts.version}, this program reads {VERSION}")
    sizes = facts.network, facts.frames, facts.bins, facts.latents, facts.hidden
    return network_file.filled(partial(networks.build, *sizes), tensors)
