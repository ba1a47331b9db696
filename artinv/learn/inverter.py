"""A trained network with all that is needed to use it, stored in one safetensors file."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import nn

from artinv.core.channels import CHANNELS
from artinv.core.files import replacing
from artinv.learn import models
from artinv.learn.batches import batch_indices
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.runtime.params import Params

FILES = {"ridge": "ridge", "inverter": ""}
"""Name of a file that training writes -> its model; an empty value means the chosen model."""

VERSION = 1
_KEY = "artinv"  # the only metadata entry; several entries would be written in random order
_CHUNK, _OVERLAP = 60.0, 10.0  # s; longer sound is predicted in pieces with this much overlap on each side
_BATCH = 24_000  # frames per forward pass
_MOST = 2_000_000_000  # weights; a file that asks for more is not a model of this project


class _Facts(Params):
    """The metadata of a model file."""

    version: int = Field(ge=VERSION, le=VERSION)
    model: str
    sizes: dict
    n_in: int = Field(ge=1, le=100_000)
    rate: float = Field(gt=0)
    channels: list[str]
    features: dict
    normalization: Literal["speaker", "utterance"] = "speaker"
    provenance: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """A model that maps acoustics to trajectories, both in standard deviations of the speaker."""

    model: str  # a name in artinv.learn.models
    sizes: Params  # the parameters of that model's architecture
    n_in: int  # acoustic values a frame
    rate: float  # Hz, frame rate
    network: nn.Module
    features: dict = field(default_factory=dict)  # the parameters of the acoustic features
    normalization: Literal["speaker", "utterance"] = "speaker"  # whose mean and standard deviation normalize the acoustics
    statistics: dict[str, np.ndarray] = field(default_factory=dict)  # of the training speakers, such as their mean in mm
    provenance: dict[str, str] = field(default_factory=dict)  # origin of the training speakers, split, seed
    channels: tuple[str, ...] = CHANNELS

    def predict(self, acoustics: np.ndarray) -> np.ndarray:
        """Map acoustics (K, n_in) to trajectories (K, 18) float32."""
        return self.predict_many([acoustics])[0]

    def predict_many(self, utterances: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the prediction for each utterance, equal to `predict`; memory does not grow with the length of the longest."""
        out = [np.zeros((len(self._checked(values)), len(self.channels)), dtype=np.float32) for values in utterances]
        step = _step(self.network)
        pieces = [(number, *piece) for number, values in enumerate(utterances) for piece in _pieces(len(values), self.rate, step)]
        spans = np.array([end - start for _, start, end, _, _ in pieces], dtype=np.int64)
        device = next((value.device for value in self.network.state_dict().values()), torch.device("cpu"))
        self.network.eval()
        with torch.inference_mode():
            for chosen in batch_indices(spans, _BATCH):
                padded = torch.zeros(len(chosen), int(spans[chosen].max()), self.n_in)
                for row, piece in enumerate(chosen):
                    number, start, end, _, _ = pieces[piece]
                    padded[row, : end - start] = torch.from_numpy(np.asarray(utterances[number][start:end], dtype=np.float32))
                predicted = self.network(padded.to(device), torch.from_numpy(spans[chosen]).to(device)).float().cpu().numpy()
                for row, piece in enumerate(chosen):
                    number, start, _, first, last = pieces[piece]
                    out[number][first:last] = predicted[row, first - start : last - start]
        return out

    def save(self, path: Path | str) -> None:
        """Write one file; equal inverters give equal bytes."""
        facts = {
            "version": VERSION, "model": self.model, "sizes": self.sizes.model_dump(), "n_in": self.n_in, "rate": self.rate,
            "channels": list(self.channels), "features": self.features, "normalization": self.normalization,
            "provenance": self.provenance,
        }
        tensors = {f"network.{key}": value.cpu().numpy() for key, value in self.network.state_dict().items()}
        tensors |= {f"statistics.{key}": np.asarray(value) for key, value in self.statistics.items()}
        with replacing(path) as temporary:
            contiguous = {key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}
            temporary.write_bytes(save(contiguous, metadata={_KEY: json.dumps(facts, sort_keys=True)}))

    @classmethod
    def load(cls, path: Path | str) -> "Inverter":
        """Read a file that `save` wrote; reject any other file before allocating memory for it."""
        path = Path(path)
        try:
            with safe_open(path, "numpy") as file:
                text = (file.metadata() or {}).get(_KEY)
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 -- not a dict
        except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
            raise _invalid(path, reason(error)) from None
        if text is None:
            raise _invalid(path, "its metadata has no entry 'artinv'")
        try:
            facts = _Facts.of(json.loads(text), "metadata")
            sizes = models.get(facts.model).Sizes.of(facts.sizes, "metadata")
            weights = {key.removeprefix("network."): value for key, value in tensors.items() if key.startswith("network.")}
            network = _network(facts, sizes, weights)
        except (BadParams, BadData, ValueError, RecursionError) as error:
            raise _invalid(path, reason(error)) from None
        statistics = {key.removeprefix("statistics."): value for key, value in tensors.items() if key.startswith("statistics.")}
        return cls(
            model=facts.model, sizes=sizes, n_in=facts.n_in, rate=facts.rate, network=network, features=facts.features,
            normalization=facts.normalization, provenance=facts.provenance,
            statistics=statistics, channels=tuple(facts.channels),
        )

    def _checked(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 2 or values.shape[1] != self.n_in:
            fault = f"acoustics of shape {values.shape}, the model expects (frames, {self.n_in})"
            raise BadData(f"{fault}; use the features named in its metadata")
        if not np.isfinite(values).all():
            raise BadData("acoustics contain values that are not finite; repair the sound they were computed from")
        return values


def _network(facts: _Facts, sizes: Params, weights: dict[str, np.ndarray]) -> nn.Module:
    """Build the network with these weights; shapes are compared before memory is allocated."""
    if tuple(facts.channels) != CHANNELS:
        raise BadData(f"its channels are not {CHANNELS}")
    with torch.device("meta"):
        empty = models.build(facts.model, sizes, facts.n_in, facts.rate).state_dict()
    expected = {key: tuple(value.shape) for key, value in empty.items()}
    if sum(math.prod(shape) for shape in expected.values()) > _MOST:
        raise BadData("it requires an impossible amount of memory")
    shapes = {key: value.shape for key, value in weights.items()}
    if wrong := sorted(key for key in expected.keys() | shapes.keys() if expected.get(key) != shapes.get(key)):
        actual, required = (table.get(wrong[0], "absent") for table in (shapes, expected))
        raise BadData(f"weights 'network.{wrong[0]}' are {actual}, its sizes require {required}")
    if wrong := sorted(key for key, value in weights.items() if value.dtype != np.float32 or not np.isfinite(value).all()):
        raise BadData(f"weights 'network.{wrong[0]}' are not finite float32")
    with torch.random.fork_rng():
        network = models.build(facts.model, sizes, facts.n_in, facts.rate)
    network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
    return network.eval()


def _step(network: nn.Module) -> int:
    """Return the number of frames per network step; pieces start at multiples of it, as steps of the whole recording do."""
    strides = (getattr(module, "stride", 1) for module in network.modules())
    return math.lcm(*(stride for stride in strides if isinstance(stride, int)))


def _pieces(frames: int, rate: float, step: int) -> list[tuple[int, int, int, int]]:
    """Return (start, end) of each piece and (first, last) of the part that is kept, in frames; kept parts do not overlap."""
    chunk, overlap = (math.ceil(seconds * rate / step) * step for seconds in (_CHUNK, _OVERLAP))
    if frames <= chunk:
        return [(0, frames, 0, frames)] if frames else []
    return [
        (max(0, first - overlap), min(frames, first + chunk + overlap), first, min(frames, first + chunk))
        for first in range(0, frames, chunk)
    ]


def _invalid(path: Path, fault: str) -> BadData:
    return BadData(f"{path}: is not a model of this project ({fault}); delete it and run `dvc repro`")
