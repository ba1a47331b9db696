"""A trained network with all that is needed to use it on a sound, stored in one safetensors file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pydantic import ConfigDict, Field
from torch import Tensor, nn

from artinv.learn import network_file
from artinv.matching import networks
from artinv.matching.heads import Head, Kind
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import Parameter, Synthesizer

KEY = "artinv.matching"
"""Entry of the file's metadata that holds the facts."""

VERSION = 2

_BATCH = 64  # sounds per forward pass
_KIND_AND_CURE = "a model of settings", "name another model, or run `make matching`"


class Typical(Params):
    """What validation sounds are like, and how close the network's estimates come to them."""

    quietest: float = Field(ge=0)  # peak, 5th percentile
    loudest: float = Field(ge=0)  # peak, 95th percentile
    correlation: float = Field(ge=-1, le=1)  # of the STFT magnitudes of sound and estimate, 5th percentile


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    synth: str
    parameters: list[tuple[str, float, float, str, int]]  # name, low, high, scale, levels
    sample_rate: int = Field(ge=1, le=384_000)
    samples: int = Field(ge=1, le=10_000_000)
    points: int = Field(ge=1, le=100_000)
    normalise: bool
    network: str
    head: Kind
    typical: Typical
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A network that estimates the settings of one synthesizer from sounds of one length and rate."""

    synth: str  # a name in artinv.synth.synthesizers.kinds
    sample_rate: int  # Hz
    samples: int
    points: int  # values of each parameter over time
    normalise: bool  # sounds are scaled to the peak 1
    network: str  # a name in artinv.matching.networks
    head: Kind
    weights: nn.Module
    typical: Typical
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def synthesizer(self) -> Synthesizer:
        """Return the synthesizer."""
        return kinds.build(self.synth, self.sample_rate, self.samples)

    @property
    def seconds(self) -> float:
        """Return the length of a sound in s."""
        return self.samples / self.sample_rate

    def scores(self, sounds: np.ndarray) -> np.ndarray:
        """Return a score of each level (N, points, P, L) for sounds (N, samples)."""
        head = self._head()
        return np.concatenate([head.scores(raw).numpy() for raw in self._raw(sounds)])

    def shares(self, sounds: np.ndarray) -> np.ndarray:
        """Return the estimate as shares of the parameters' ranges (N, points, P) for sounds (N, samples)."""
        head = self._head()
        return np.concatenate([head.shares(raw).numpy() for raw in self._raw(sounds)])

    def _head(self) -> Head:
        return Head(self.head, self.synthesizer.spec)

    def _raw(self, sounds: np.ndarray) -> Iterator[Tensor]:
        self.weights.eval()
        with torch.inference_mode():
            for start in range(0, len(sounds), _BATCH):
                yield self.weights(torch.from_numpy(np.asarray(sounds[start:start + _BATCH], np.float32))).float()

    def save(self, path: Path) -> None:
        """Write one file; equal matchers give equal bytes."""
        facts = _Facts(
            version=VERSION, synth=self.synth, parameters=_described(self.synthesizer.spec), sample_rate=self.sample_rate,
            samples=self.samples, points=self.points, normalise=self.normalise, network=self.network, head=self.head,
            typical=self.typical, provenance=self.provenance,
        )
        network_file.write(path, KEY, facts.model_dump(), network_file.weights_of(self.weights))

    @classmethod
    def load(cls, path: Path, synth: str = "") -> "Matcher":
        """Read a file that `save` wrote; reject any other file, and with `synth` a network for another synthesizer."""
        with network_file.checked(path, *_KIND_AND_CURE):
            content, tensors = network_file.read(path, KEY)
            facts = _Facts.of(content, "metadata")
        if synth and facts.synth != synth:
            cure = f"name another model, or --synth {facts.synth}"
            raise BadData(f"{path}: estimates settings of '{facts.synth}', not of '{synth}'; {cure}")
        if facts.synth not in kinds.names():
            raise BadData(f"{path}: is for the synthesizer '{facts.synth}', which is unknown; name another model")
        with network_file.checked(path, *_KIND_AND_CURE):
            spec = kinds.build(facts.synth, facts.sample_rate, facts.samples).spec
        if facts.version != VERSION or facts.parameters != _described(spec):
            raise BadData(f"{path}: was trained for other parameters of '{facts.synth}'; train it again: `make matching`")
        with network_file.checked(path, *_KIND_AND_CURE):
            outputs = Head(facts.head, spec).outputs
            build = partial(networks.build, facts.network, facts.samples, outputs, facts.points)
            weights = network_file.filled(build, tensors)
        return cls(weights=weights, **facts.model_dump(exclude={"version", "parameters", "typical"}), typical=facts.typical)


def _described(spec: tuple[Parameter, ...]) -> list[tuple[str, float, float, str, int]]:
    return [(each.name, float(each.low), float(each.high), str(each.scale), each.levels) for each in spec]
