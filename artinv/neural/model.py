"""A trained decoder with all that is needed to use it on a recording, stored in one safetensors file."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from pydantic import ConfigDict, Field
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from artinv.core.files import replacing
from artinv.neural import decoders, targets
from artinv.neural.decoder import Decoder, Mode, build
from artinv.neural.layout import Layout
from artinv.neural.records import Recording
from artinv.neural.standardize import Statistics
from artinv.neural.target import Scale
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.runtime.params import Params

KEY = "artinv.neural"
"""Entry of the file's metadata that holds the facts."""

VERSION = 1

_ARRAYS = ("electrode_mean", "electrode_std", "target_mean", "target_std")


class _Facts(Params):
    """The metadata of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    decoder: str
    sizes: dict
    mode: Mode
    latency: int = Field(ge=0, le=10_000)
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
    voice: str  # in which the outputs are spoken
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return decoder, mode and target."""
        return f"{self.decoder} {self.weights.mode} {self.target}"

    def check(self, recording: Recording) -> None:
        """Reject a recording with other electrodes."""
        if recording.channels != self.channels:
            fault = f"its {len(recording.channels)} electrodes are not the {len(self.channels)} of the model"
            raise BadData(f"{recording.subject}: {fault}; name the model of this subject with --model")

    def standardized(self, recording: Recording) -> torch.Tensor:
        """Return signals (T, E) as the network expects them."""
        signals = self.electrodes.apply(recording.signals)
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
            latency=self.weights.shift, target=self.target, names=list(self.names), places=list(self.layout.places),
            channels=list(self.channels), voice=self.voice, provenance=self.provenance,
        )
        network = sorted(self.weights.state_dict().items())
        tensors = {f"network.{key}": np.ascontiguousarray(value.numpy()) for key, value in network}
        statistics = self.electrodes.mean, self.electrodes.std, self.scale.mean, self.scale.std
        tensors |= dict(zip(_ARRAYS, map(np.ascontiguousarray, statistics), strict=True))
        with replacing(path) as temporary:
            temporary.write_bytes(save(tensors, metadata={KEY: json.dumps(facts.model_dump(), sort_keys=True)}))

    @classmethod
    def load(cls, path: Path) -> "NeuralModel":
        """Read a file that `save` wrote; reject any other file."""
        try:
            with safe_open(path, "numpy") as file:
                text = (file.metadata() or {}).get(KEY)
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 -- not a dict
        except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
            raise _invalid(path, reason(error)) from None
        if text is None:
            raise _invalid(path, f"its metadata has no entry '{KEY}'")
        try:
            facts = _Facts.of(json.loads(text), "metadata")
            return _model(cls, facts, tensors)
        except (BadParams, BadData, RuntimeError, ValueError, KeyError, RecursionError) as error:
            raise _invalid(path, reason(error)) from None


def _model(cls: type[NeuralModel], facts: _Facts, tensors: dict[str, np.ndarray]) -> NeuralModel:
    """Build a model; shapes are compared before memory is allocated."""
    if facts.version != VERSION:
        raise ValueError(f"version {facts.version}, expected {VERSION}")
    targets.get(facts.target)
    sizes = decoders.get(facts.decoder).Sizes.of(facts.sizes, "sizes")
    layout, outputs = Layout(tuple(facts.places)), len(facts.names)
    counts = len(facts.channels), len(facts.channels), outputs, outputs
    arrays = [tensors.pop(name) for name in _ARRAYS]
    if len(layout.places) != len(facts.channels) or [array.shape for array in arrays] != [(count,) for count in counts]:
        raise ValueError("its statistics do not fit its electrodes and outputs")
    weights = {key.removeprefix("network."): value for key, value in tensors.items()}
    with torch.device("meta"):
        empty = _network(facts, sizes, layout).state_dict()
    if {key: tuple(value.shape) for key, value in empty.items()} != {key: value.shape for key, value in weights.items()}:
        raise ValueError(f"its weights are not those of '{facts.decoder}'")
    if any(value.dtype != np.float32 or not np.isfinite(value).all() for value in [*weights.values(), arrays[0], *arrays[2:]]):
        raise ValueError("its weights are not finite float32")
    with torch.random.fork_rng():
        network = _network(facts, sizes, layout)
    network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
    return cls(
        decoder=facts.decoder, sizes=sizes, target=facts.target, names=tuple(facts.names), layout=layout,
        channels=tuple(facts.channels), weights=network.eval(), electrodes=Statistics(*arrays[:2]), scale=Scale(*arrays[2:]),
        voice=facts.voice, provenance=facts.provenance,
    )


def _network(facts: _Facts, sizes: Params, layout: Layout) -> Decoder:
    return build(facts.decoder, sizes, layout, len(facts.names), mode=facts.mode, latency=facts.latency)


def _invalid(path: Path, fault: str) -> BadData:
    return BadData(f"{path}: is not a decoder of brain signals ({fault}); name another model, or run `make neural`")
