"""A trained network that stands alone: weights and all that is needed to use them, in one safetensors file."""

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
from artinv.learn.batches import plan
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.runtime.params import Params

FILES = {"ridge": "ridge", "inverter": ""}
"""Name of a file that training leaves -> the model that it holds; the chosen one where it is empty."""

VERSION = 1
_KEY = "artinv"  # of the one entry of metadata; several would be written in random order
_CHUNK, _OVERLAP = 60.0, 10.0  # s; longer sound is predicted in pieces that see this much of what lies around them
_BATCH = 24_000  # frames that are in the network at once
_MOST = 2_000_000_000  # numbers in a network; a file that asks for more is not ours


class _Facts(Params):
    """The metadata of a file."""

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
    """Acoustics in, trajectories out, both in standard deviations of their speaker."""

    model: str  # a name in artinv.learn.models
    sizes: Params  # how that model is made
    n_in: int  # acoustic values a frame
    rate: float  # Hz, frames a second
    network: nn.Module
    features: dict = field(default_factory=dict)  # the parameters the acoustics were computed with
    normalization: Literal["speaker", "utterance"] = "speaker"  # whose mean and standard deviation the acoustics are freed of
    statistics: dict[str, np.ndarray] = field(default_factory=dict)  # of the training speakers, such as their average in mm
    provenance: dict[str, str] = field(default_factory=dict)  # origin of the training speakers, split, seed
    channels: tuple[str, ...] = CHANNELS

    def predict(self, acoustics: np.ndarray) -> np.ndarray:
        """(K, n_in) -> (K, 18) float32."""
        return self.predict_many([acoustics])[0]

    def predict_many(self, utterances: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Several utterances at once, each as `predict` would have it; memory does not grow with the length of the longest."""
        out = [np.zeros((len(self._checked(values)), len(self.channels)), dtype=np.float32) for values in utterances]
        step = _step(self.network)
        pieces = [(number, *piece) for number, values in enumerate(utterances) for piece in _pieces(len(values), self.rate, step)]
        spans = np.array([end - start for _, start, end, _, _ in pieces], dtype=np.int64)
        device = next((value.device for value in self.network.state_dict().values()), torch.device("cpu"))
        self.network.eval()
        with torch.inference_mode():
            for chosen in plan(spans, _BATCH):
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
        """Write everything to one file; equal inverters give equal bytes."""
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
        """Read what `save` wrote; anything else is refused before memory is taken for it."""
        path = Path(path)
        try:
            with safe_open(path, "numpy") as file:
                text = (file.metadata() or {}).get(_KEY)
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 -- it is no dict
        except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
            raise _refusal(path, reason(error)) from None
        if text is None:
            raise _refusal(path, "its metadata has no entry 'artinv'")
        try:
            facts = _Facts.of(json.loads(text), "metadata")
            sizes = models.get(facts.model).Sizes.of(facts.sizes, "metadata")
            weights = {key.removeprefix("network."): value for key, value in tensors.items() if key.startswith("network.")}
            network = _network(facts, sizes, weights)
        except (BadParams, BadData, ValueError, RecursionError) as error:
            raise _refusal(path, reason(error)) from None
        statistics = {key.removeprefix("statistics."): value for key, value in tensors.items() if key.startswith("statistics.")}
        return cls(
            model=facts.model, sizes=sizes, n_in=facts.n_in, rate=facts.rate, network=network, features=facts.features,
            normalization=facts.normalization, provenance=facts.provenance,
            statistics=statistics, channels=tuple(facts.channels),
        )

    def _checked(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 2 or values.shape[1] != self.n_in:
            raise BadData(f"acoustics of shape {values.shape}, the model wants (frames, {self.n_in}); use the features it names")
        if not np.isfinite(values).all():
            raise BadData("acoustics hold values that are not numbers; mend the sound they were computed from")
        return values


def _network(facts: _Facts, sizes: Params, weights: dict[str, np.ndarray]) -> nn.Module:
    """The network with these weights; shapes are compared before anything is allocated."""
    if tuple(facts.channels) != CHANNELS:
        raise BadData(f"its channels are not {CHANNELS}")
    with torch.device("meta"):
        empty = models.build(facts.model, sizes, facts.n_in, facts.rate).state_dict()
    wanted = {key: tuple(value.shape) for key, value in empty.items()}
    if sum(math.prod(shape) for shape in wanted.values()) > _MOST:
        raise BadData("it asks for an impossible amount of memory")
    found = {key: value.shape for key, value in weights.items()}
    if odd := sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)):
        there, asked = (shapes.get(odd[0], "absent") for shapes in (found, wanted))
        raise BadData(f"weights 'network.{odd[0]}' are {there}, where its sizes ask for {asked}")
    if odd := sorted(key for key, value in weights.items() if value.dtype != np.float32 or not np.isfinite(value).all()):
        raise BadData(f"weights 'network.{odd[0]}' are not finite float32")
    with torch.random.fork_rng():
        network = models.build(facts.model, sizes, facts.n_in, facts.rate)
    network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
    return network.eval()


def _step(network: nn.Module) -> int:
    """Frames that the network takes together: pieces begin where it would begin a step of the whole."""
    strides = (getattr(module, "stride", 1) for module in network.modules())
    return math.lcm(*(stride for stride in strides if isinstance(stride, int)))


def _pieces(frames: int, rate: float, step: int) -> list[tuple[int, int, int, int]]:
    """(start, end) that the network sees and (first, last) that is kept of it, in frames; the kept parts join seamlessly."""
    chunk, overlap = (math.ceil(seconds * rate / step) * step for seconds in (_CHUNK, _OVERLAP))
    if frames <= chunk:
        return [(0, frames, 0, frames)] if frames else []
    return [
        (max(0, first - overlap), min(frames, first + chunk + overlap), first, min(frames, first + chunk))
        for first in range(0, frames, chunk)
    ]


def _refusal(path: Path, fault: str) -> BadData:
    return BadData(f"{path}: is not a model of this project ({fault}); delete it and run `dvc repro`")
