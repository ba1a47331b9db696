"""A trained decoder with all that is needed to use it on a recording, stored in one safetensors file."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pydantic import ConfigDict, Field

from artinv.learn import network_file
from artinv.neural import decoders, targets
from artinv.neural.decoder import Decoder, Mode, build
from artinv.neural.drift import Drift
from artinv.neural.layout import Layout
from artinv.neural.records import Recording
from artinv.neural.standardize import Statistics
from artinv.neural.target import Scale
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

KEY = "artinv.neural"
"""Entry of the file's metadata that holds the facts."""

VERSION = 2

_ARRAYS = ("electrode_mean", "electrode_std", "target_mean", "target_std")


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    decoder: str
    sizes: dict
    mode: Mode
    latency: int = Field(ge=0, le=10_000)
    drift: int = Field(ge=0, le=100_000)
    target: str
    names: list[str] = Field(min_length=1, max_length=1000)
    places: list[tuple[int, int]] = Field(min_length=1, max_length=4096)
    channels: list[str]
    voice: str
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeuralModel:
    """A decoder of one subject's signals."""

    decoder: str  # a name in artinv.neural.decoders
    sizes: Params
    target: str  # a name in artinv.neural.targets
    names: tuple[str, ...]  # of the outputs
    layout: Layout
    channels: tuple[str, ...]  # names of the electrodes
    weights: Decoder
    electrodes: Statistics
    scale: Scale
    drift_frames: int  # over which the mean of each electrode is subtracted
    voice: str  # in which the outputs are spoken
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return decoder, mode and target."""
        return f"{self.decoder} {self.weights.mode} {self.target}"

    @property
    def drift(self) -> Drift:
        """Return what is subtracted from the signals."""
        return Drift(self.drift_frames, self.weights.mode)

    @property
    def latency(self) -> int | None:
        """Return the declared latency in frames, what is subtracted from the signals included; None: unlimited."""
        own = self.weights.latency
        return None if own is None else own + self.drift.beyond

    def check(self, recording: Recording) -> None:
        """Reject a recording with other electrodes."""
        if recording.channels != self.channels:
            fault = f"its {len(recording.channels)} electrodes are not the {len(self.channels)} of the model"
            raise BadData(f"{recording.subject}: {fault}; name the model of this subject with --model")

    def standardized(self, recording: Recording) -> torch.Tensor:
        """Return signals (T, E) as the network expects them."""
        signals = self.electrodes.apply(self.drift.removed(recording.signals))
        signals[:, list(recording.bad)] = 0
        return torch.from_numpy(signals)

    def decode(self, signals: torch.Tensor) -> np.ndarray:
        """Return values (T, P) float32 in the units of the target, of standardized signals (T, E)."""
        with torch.inference_mode():
            return self.scale.physical(self.weights.eval().whole(signals).float().numpy())

    def sound(self, values: np.ndarray) -> np.ndarray:
        """Return the sound (128 T,) at 16 kHz of values (T, P)."""
        return targets.get(self.target).sound(values, self.manner)

    @property
    def manner(self) -> targets.Manner:
        """Return how values are made into sound."""
        return targets.Manner(self.scale, self.voice)

    def save(self, path: Path) -> None:
        """Write one file; equal models give equal bytes."""
        facts = _Facts(
            version=VERSION, decoder=self.decoder, sizes=self.sizes.model_dump(), mode=self.weights.mode,
            latency=self.weights.shift, drift=self.drift_frames, target=self.target, names=list(self.names),
            places=list(self.layout.places), channels=list(self.channels), voice=self.voice, provenance=self.provenance,
        )
        statistics = self.electrodes.mean, self.electrodes.std, self.scale.mean, self.scale.std
        tensors = network_file.weights_of(self.weights, "network.") | dict(zip(_ARRAYS, statistics, strict=True))
        network_file.write(path, KEY, facts.model_dump(), tensors)

    @classmethod
    def load(cls, path: Path) -> "NeuralModel":
        """Read a file that `save` wrote; reject any other file."""
        with network_file.checked(path, "a decoder of brain signals", "name another model, or run `make neural`"):
            content, tensors = network_file.read(path, KEY)
            return _model(cls, _Facts.of(content, "metadata"), tensors)


def _model(cls: type[NeuralModel], facts: _Facts, tensors: dict[str, np.ndarray]) -> NeuralModel:
    """Build a model."""
    if facts.version != VERSION:
        raise ValueError(f"version {facts.version}, expected {VERSION}")
    targets.get(facts.target)
    sizes = decoders.get(facts.decoder).Sizes.of(facts.sizes, "sizes")
    layout, outputs = Layout(tuple(facts.places)), len(facts.names)
    counts = len(facts.channels), len(facts.channels), outputs, outputs
    if missing := [name for name in _ARRAYS if name not in tensors]:
        raise ValueError(f"'{missing[0]}' is missing")
    arrays = [tensors.pop(name) for name in _ARRAYS]
    if len(layout.places) != len(facts.channels) or [array.shape for array in arrays] != [(count,) for count in counts]:
        raise ValueError("its statistics do not fit its electrodes and outputs")
    if any(array.dtype != np.float32 or not np.isfinite(array).all() for array in [arrays[0], *arrays[2:]]):
        raise ValueError("its statistics are not finite float32")
    build_network = partial(build, facts.decoder, sizes, layout, outputs, mode=facts.mode, latency=facts.latency)
    network = network_file.filled(build_network, tensors, "network.")
    return cls(
        decoder=facts.decoder, sizes=sizes, target=facts.target, names=tuple(facts.names), layout=layout,
        channels=tuple(facts.channels), weights=network, electrodes=Statistics(*arrays[:2]), scale=Scale(*arrays[2:]),
        drift_frames=facts.drift, voice=facts.voice, provenance=facts.provenance,
    )
