"""Trained generators of digits: each draws levels for a digit, with or without phases, and stands in one file with its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from pydantic import ConfigDict
from torch import Tensor, nn

from artinv.digits import spectra
from artinv.digits.checkpoint import load_network
from artinv.digits.networks import Autoencoder, Generator, Velocity
from artinv.digits.sounds import Clips
from artinv.digits.spectra import SAMPLES, SCALE
from artinv.digits.words import DIGITS
from artinv.learn import network_file
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

Kind = Literal["cvae", "flow", "cwgan1", "cwgan2", "cwgan3", "cwgan4"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""cvae; flow: flow matching between latent values; cwgan1 levels from the digit; 2 levels and phases from the digit; 3 levels from
the digit and the phases of a real sound; 4 as 3, and levels must agree with these phases."""

KEY = "artinv.digits.generator"
"""Entry of the file's metadata that holds the facts."""

PHASES = 8
"""Real sounds of each digit whose phases a generator of kind 3 or 4 holds."""

_FLOW_STEPS = 20
_BATCH = 100  # sounds that are drawn at a time


@dataclass(frozen=True, slots=True)
class Drawn:
    """Levels (B, 128, 64), and phases (B, 129, 64) where the generator gives them."""

    levels: Tensor
    phase: Tensor | None

    def sound(self, iterations: int) -> Tensor:
        """Return sounds (B, 6048): with the phases, or with those of Griffin-Lim."""
        amplitude = spectra.amplitudes(self.levels)
        return spectra.griffin_lim(amplitude, iterations) if self.phase is None else spectra.sound_of(amplitude, self.phase)


class Vae(nn.Module):
    """The conditional variational autoencoder; the latent values of each digit have a normal distribution of their own."""

    centre: Tensor
    root: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.autoencoder = Autoencoder(size)
        self.register_buffer("centre", torch.zeros(DIGITS, size))
        self.register_buffer("root", torch.eye(size).repeat(DIGITS, 1, 1))  # of the covariance, lower triangle

    def draw(self, digits: Tensor, noise: Callable[[int], Tensor]) -> Drawn:
        """Draw one sound for each digit; `noise(size)` returns normal values (B, size)."""
        latent = self.centre[digits] + (self.root[digits] @ noise(self.autoencoder.size)[..., None])[..., 0]
        return Drawn(self.autoencoder.decode(latent, digits), None)


class Flow(nn.Module):
    """An autoencoder, and a flow from noise to its latent values (flow matching)."""

    mean: Tensor
    std: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.autoencoder, self.velocity = Autoencoder(size), Velocity(size, width)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))

    def draw(self, digits: Tensor, noise: Callable[[int], Tensor]) -> Drawn:
        """Draw one sound for each digit: follow the flow in 20 steps (midpoint rule)."""
        values = noise(self.autoencoder.size)
        for step in range(_FLOW_STEPS):
            time = values.new_full((len(values),), step / _FLOW_STEPS)
            middle = values + self.velocity(values, time, digits) / (2 * _FLOW_STEPS)
            values = values + self.velocity(middle, time + 1 / (2 * _FLOW_STEPS), digits) / _FLOW_STEPS
        return Drawn(self.autoencoder.decode(values * self.std + self.mean, digits), None)


class Adversarial(nn.Module):
    """The generator of a conditional WGAN, in one of four experiments."""

    phases: Tensor

    def __init__(self, experiment: int, size: int) -> None:
        super().__init__()
        self.experiment = experiment
        conditioned = experiment > 2
        self.generator = Generator(size, 3 if experiment == 2 else 1, conditioned=conditioned)
        self.register_buffer("phases", torch.zeros(DIGITS, PHASES if conditioned else 0, SAMPLES, dtype=torch.int16))

    def draw(self, digits: Tensor, noise: Callable[[int], Tensor]) -> Drawn:
        """Draw one sound for each digit."""
        values = noise(self.generator.size)
        if self.experiment <= 2:
            images = self.generator(values, digits)
            levels = images[:, 0]
            return Drawn(levels, None if self.experiment == 1 else spectra.integrated(images[:, 1:], spectra.amplitudes(levels)))
        number = (torch.special.ndtr(noise(1)[:, 0]) * PHASES).long().clamp(max=PHASES - 1)
        real = spectra.spectrum(self.phases[digits, number].float())
        levels = self.generator(values, digits, spectra.advances(real))[:, 0]
        return Drawn(levels, real.angle())


Sampler = Vae | Flow | Adversarial


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Kind
    scale: str
    size: int  # of the noise
    width: int  # of the flow's network, otherwise 0
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained generator."""

    kind: Kind
    sampler: Sampler
    provenance: dict[str, str]

    @torch.inference_mode()
    def draw(self, digits: np.ndarray, seed: int) -> Drawn:
        """Draw one sound for each digit (N,); equal arguments give equal values."""
        random = torch.Generator().manual_seed(seed)
        parts: list[Drawn] = []
        self.sampler.eval()
        for chosen in torch.from_numpy(digits).split(_BATCH):
            count = len(chosen)
            parts.append(self.sampler.draw(chosen, lambda size, count=count: torch.randn(count, size, generator=random)))  # type: ignore[misc]
        phases = [part.phase for part in parts if part.phase is not None]
        return Drawn(torch.cat([part.levels for part in parts]), torch.cat(phases) if phases else None)

    def save(self, path: Path) -> None:
        """Write one file; equal models give equal bytes."""
        size, width = _sizes(self.sampler)
        facts = _Facts(kind=self.kind, scale=SCALE, size=size, width=width, provenance=self.provenance)
        network_file.write(path, KEY, facts.model_dump(), network_file.weights_of(self.sampler))

    @classmethod
    def load(cls, path: Path, kind: Kind) -> "Model":
        """Read a file that `save` wrote; reject one of another kind or of levels on another scale."""
        content, tensors = load_network(path, KEY)
        with network_file.checked(path, "a generator of digits", "make it again: `make digits`"):
            facts = _Facts.of(content, "metadata")
            sampler = network_file.filled(partial(build, facts.kind, facts.size, facts.width), tensors)
        if facts.kind != kind or facts.scale != SCALE:
            raise BadData(f"{path}: is a generator '{facts.kind}' on the scale '{facts.scale}', not '{kind}' on '{SCALE}'; make it "
                          "again: `make digits`")
        return cls(facts.kind, sampler, facts.provenance)


def build(kind: Kind, size: int, width: int = 0) -> Sampler:
    """Return an untrained generator with noise of `size` values; initial weights come from torch's global random generator."""
    if not 0 < size <= 4096 or not 0 <= width <= 4096:
        raise ValueError(f"size {size}, width {width}")
    if kind == "cvae":
        return Vae(size)
    return Flow(size, width) if kind == "flow" else Adversarial(int(kind[-1]), size)


def phases_of(clips: Clips) -> Tensor:
    """Return the first PHASES sounds of each digit (10, PHASES, 6048) int16; sounds are repeated where there are fewer."""
    chosen = [np.resize(np.flatnonzero(clips.digits == digit), PHASES) for digit in range(DIGITS)]
    return torch.from_numpy(clips.sounds[np.stack(chosen)])


def _sizes(sampler: Sampler) -> tuple[int, int]:
    if isinstance(sampler, Adversarial):
        return sampler.generator.size, 0
    width = sampler.velocity.layers[0].out_features if isinstance(sampler, Flow) else 0
    assert isinstance(width, int)
    return sampler.autoencoder.size, width
