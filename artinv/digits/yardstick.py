"""The yardstick: the classifier of digits by which all sounds are judged, frozen and identified by a hash of its weights."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.core import random_draws
from artinv.digits.checkpoint import load_network, mark_of
from artinv.digits.metrics import Features
from artinv.digits.sounds import Clips
from artinv.digits.spectra import BINS, FRAMES, SCALE, levels_of
from artinv.digits.words import DIGITS
from artinv.learn import network_file
from artinv.learn.loop import LoopParams, Trained, autocast, descend, device_of, reproducible
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params, ProfileParams

KEY = "artinv.digits.yardstick"
"""Entry of the file's metadata that holds the facts."""

WIDTH = 64
"""Width of the last hidden layer, whose values are the features."""

_CHANNELS = (16, 32, 64, 64)
_PITCH, _TEMPO, _SHIFT = 0.14, 0.2, 0.12  # largest changes of training sounds: frequency and time scales, and place in time
_QUIETER = 0.25  # largest decrease of the range of levels of training sounds: background noise
_BATCH = 256


class YardstickParams(LoopParams, ProfileParams):
    """How the classifier is trained."""

    section: ClassVar[str] = "yardstick"
    batch: int = Field(ge=1)  # sounds


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale: str
    provenance: dict[str, str]


class Network(nn.Module):
    """Convolutions over frequency and time, one hidden layer, ten outputs."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_in = 1
        for n_out in _CHANNELS:
            layers += [nn.Conv2d(n_in, n_out, 3, 2, 1), nn.BatchNorm2d(n_out), nn.ReLU()]
            n_in = n_out
        size = n_in * (BINS // 2 ** len(_CHANNELS)) * (FRAMES // 2 ** len(_CHANNELS))
        self.stack = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4))
        self.hidden = nn.Sequential(nn.Linear(size, WIDTH), nn.ReLU())
        self.readout = nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTH, DIGITS))

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Map levels (B, 128, 64) to features (B, 64) and logits (B, 10)."""
        features = self.hidden(self.stack(values[:, None]))
        return features, self.readout(features)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A trained classifier."""

    network: Network
    provenance: dict[str, str]

    @property
    def mark(self) -> str:
        """Return the hash of the weights and the scale, which identifies the classifier."""
        digest = hashlib.blake2b(SCALE.encode(), digest_size=8)
        for name, value in network_file.weights_of(self.network).items():
            digest.update(name.encode() + np.ascontiguousarray(value).tobytes())
        return digest.hexdigest()

    def judge(self, sound: Tensor) -> Features:
        """Return the features of sounds (N, 6048)."""
        return self.features(torch.cat([levels_of(part) for part in sound.split(_BATCH)]), SCALE)

    @torch.inference_mode()
    def features(self, levels: Tensor, scale: str) -> Features:
        """Return the features of levels (N, 128, 64), which must be on the scale of the training sounds."""
        if scale != SCALE or float(levels.abs().max()) > 1 + 1e-6:
            raise BadData(f"levels on the scale '{scale}', up to {float(levels.abs().max()):.3g}, cannot be judged; give levels in "
                          f"[-1, 1] on the scale '{SCALE}'")
        self.network.eval()
        results = [self.network(part) for part in levels.float().split(_BATCH)]
        values, logits = (torch.cat(parts).double() for parts in zip(*results, strict=True))
        return Features(values.numpy(), torch.softmax(logits, 1).numpy(), self.mark, scale)

    def save(self, path: Path) -> None:
        """Write one file; equal classifiers give equal bytes."""
        facts = _Facts(scale=SCALE, provenance=self.provenance)
        network_file.write(path, KEY, facts.model_dump(), network_file.weights_of(self.network))

    @classmethod
    def load(cls, path: Path) -> "Yardstick":
        """Read a file that `save` wrote."""
        content, tensors = load_network(path, KEY)
        with network_file.checked(path, "a classifier of digits", "make it again: `make digits`"):
            facts = _Facts.of(content, "metadata")
            network = network_file.filled(Network, tensors)
        if facts.scale != SCALE:
            raise BadData(f"{path}: was trained on levels of another scale ('{facts.scale}'); make it again: `make digits`")
        return cls(network, facts.provenance)


def fit(train: Clips, valid: Clips, params: YardstickParams, state: Path | None = None) -> tuple[Yardstick, Trained]:
    """Train the classifier; equal input gives equal weights."""
    device = device_of(params.device)
    with reproducible(params):
        network = Network().to(device)
        inputs, truths = levels_of(train.sound()).to(device), train.labels().to(device)

        def batches(epoch: int) -> list[Tensor]:
            order = random_draws.rng("yardstick", params.seed, epoch).permutation(len(train))
            return list(torch.from_numpy(order).to(device).split(params.batch))

        def terms(chosen: Tensor) -> Tensor:
            with autocast(params, device):
                _, logits = network(varied(inputs[chosen]))
            loss = functional.cross_entropy(logits.float(), truths[chosen], reduction="sum")
            return torch.stack([loss, loss.new_tensor(float(len(chosen)))])

        checked, known = levels_of(valid.sound()).to(device), valid.labels().to(device)

        def validate() -> float:
            network.eval()
            with torch.inference_mode():
                return float(functional.cross_entropy(network(checked)[1], known))

        trained = descend(
            network, params, batches=batches, terms=terms, combine=lambda sums: sums[0] / sums[1], validate=validate, state=state,
            mark=mark_of(params, (train, valid), device),
        )
    assert isinstance(trained.network, Network)
    provenance = {"origin": train.origin, "sounds": str(len(train)), "seed": str(params.seed)}
    return Yardstick(trained.network, provenance), trained


def varied(values: Tensor) -> Tensor:
    """Return levels (B, 128, 64) as of other speakers: stretched in frequency and time, moved in time, with background noise.

    The draws come from torch's global random generator.
    """
    count = len(values)
    draws = 2 * torch.rand(4, count, device=values.device) - 1
    turn = torch.zeros(count, 2, 3, device=values.device)
    turn[:, 0, 0], turn[:, 0, 2] = 1 + _TEMPO * draws[0], _SHIFT * draws[1]
    turn[:, 1, 1] = 1 + _PITCH * draws[2]
    turn[:, 1, 2] = turn[:, 1, 1] - 1  # 0 Hz stays 0 Hz
    grid = functional.affine_grid(turn, [count, 1, *values.shape[1:]], align_corners=False)
    moved = functional.grid_sample(values[:, None] + 1, grid, align_corners=False)[:, 0] - 1
    floor = -1 + _QUIETER * (draws[3].clamp(min=0))[:, None, None] * torch.rand_like(moved)
    return torch.maximum(moved, floor)

