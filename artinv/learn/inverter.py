"""A trained network with all that is needed to use it, stored in one safetensors file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from artinv.core.channels import CHANNELS
from artinv.core.sources import Source
from artinv.learn import models, network_file
from artinv.learn.batches import batch_indices
from artinv.predict.facts import KEY, VERSION, Facts
from artinv.predict.pieces import check_acoustics, pieces
from artinv.runtime.params import Params

FILES = {"ridge": "ridge", "inverter": ""}
"""Name of a file that training writes -> its model; an empty value means the chosen model."""

_BATCH = 24_000  # frames per forward pass


class _Facts(Facts):
    """The metadata of a model file."""

    sizes: dict  # the parameters of the model's architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """A model that maps acoustics to trajectories, both in standard deviations of the speaker."""

    model: str  # a name in artinv.learn.models
    sizes: Params  # the parameters of that model's architecture
    n_in: int  # values a frame: acoustics, then evidence
    rate: float  # Hz, frame rate
    network: nn.Module
    features: dict = field(default_factory=dict)  # the parameters of the acoustic features
    normalization: Literal["speaker", "utterance"] = "speaker"  # whose mean and standard deviation normalize the acoustics
    statistics: dict[str, np.ndarray] = field(default_factory=dict)  # of the training speakers, such as their mean in mm
    provenance: dict[str, str] = field(default_factory=dict)  # origin of the training speakers, split, seed
    channels: tuple[str, ...] = CHANNELS
    evidence: dict[str, int] = field(default_factory=dict)  # kind -> values a frame; see artinv.phones
    source: Source = ""  # where the phones in training came from; see artinv.predict.facts

    @property
    def acoustic_values(self) -> int:
        """Return the number of acoustic values a frame."""
        return self.n_in - sum(self.evidence.values())

    @property
    def step(self) -> int:
        """Return the number of frames per step of the network; pieces start at multiples of it, as steps of the whole do."""
        strides = (getattr(module, "stride", 1) for module in self.network.modules())
        return math.lcm(*(stride for stride in strides if isinstance(stride, int)))

    def predict(self, acoustics: np.ndarray) -> np.ndarray:
        """Map acoustics (K, n_in) to trajectories (K, 18) float32."""
        return self.predict_many([acoustics])[0]

    def predict_many(self, utterances: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the prediction for each utterance, equal to `predict`; memory does not grow with the length of the longest."""
        out = [np.zeros((len(check_acoustics(values, self.n_in)), len(self.channels)), dtype=np.float32) for values in utterances]
        all_pieces = [
            (number, piece) for number, values in enumerate(utterances) for piece in pieces(len(values), self.rate, self.step)
        ]
        spans = np.array([piece.end - piece.start for _, piece in all_pieces], dtype=np.int64)
        device = next((value.device for value in self.network.state_dict().values()), torch.device("cpu"))
        self.network.eval()
        with torch.inference_mode():
            for chosen in batch_indices(spans, _BATCH):
                padded = torch.zeros(len(chosen), int(spans[chosen].max()), self.n_in)
                for row, at in enumerate(chosen):
                    number, piece = all_pieces[at]
                    acoustics = np.asarray(utterances[number][piece.start : piece.end], dtype=np.float32)
                    padded[row, : len(acoustics)] = torch.from_numpy(acoustics)
                predicted = self.network(padded.to(device), torch.from_numpy(spans[chosen]).to(device)).float().cpu().numpy()
                for row, at in enumerate(chosen):
                    number, piece = all_pieces[at]
                    kept = predicted[row, piece.first - piece.start : piece.last - piece.start]
                    out[number][piece.first : piece.last] = kept
        return out

    def save(self, path: Path | str) -> None:
        """Write one file; equal inverters give equal bytes."""
        facts = {
            "version": VERSION, "model": self.model, "sizes": self.sizes.model_dump(), "n_in": self.n_in, "rate": self.rate,
            "channels": list(self.channels), "features": self.features, "normalization": self.normalization,
            "provenance": self.provenance, **({"evidence": self.evidence} if self.evidence else {}),
            **({"source": self.source} if self.source else {}),
        }
        statistics = {f"statistics.{key}": np.asarray(value) for key, value in self.statistics.items()}
        network_file.write(path, KEY, facts, network_file.weights_of(self.network, "network.") | statistics)

    @classmethod
    def load(cls, path: Path | str) -> "Inverter":
        """Read a file that `save` wrote; reject any other file before allocating memory for it."""
        path = Path(path)
        with network_file.checked(path, "a model of this project", "delete it and run `dvc repro`"):
            content, tensors = network_file.read(path, KEY)
            facts = _Facts.of(content, "metadata")
            sizes = models.get(facts.model).Sizes.of(facts.sizes, "metadata")
            facts.check_channels()
            weights = {key: value for key, value in tensors.items() if key.startswith("network.")}
            build = partial(models.build, facts.model, sizes, facts.n_in, facts.rate)
            network = network_file.filled(build, weights, "network.")
        statistics = {key.removeprefix("statistics."): value for key, value in tensors.items() if key.startswith("statistics.")}
        return cls(
            model=facts.model, sizes=sizes, n_in=facts.n_in, rate=facts.rate, network=network, features=facts.features,
            normalization=facts.normalization, provenance=facts.provenance,
            statistics=statistics, channels=tuple(facts.channels), evidence=facts.evidence, source=facts.source,
        )
