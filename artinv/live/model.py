"""The live model in one file: weights, settings of the features, statistics of the training speakers.

The file has the format safetensors: the length of a JSON header, the header, then the arrays. It is read here without the package
of that name, and by the live page.
"""

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.core.files import replacing
from artinv.live.features import FrontParams, Typical
from artinv.live.network import NAMES, Network, SizeParams, check_weights, latency, look_ahead
from artinv.predict.facts import KEY
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.runtime.params import Params

BUNDLED = Path(__file__).parents[1] / "bundled/live.safetensors"
"""The live model that artinv comes with, trained on synthetic speech."""

VERSION = 1
STATISTICS = ("mean", "std", "margin")
"""Arrays (18,) beside the weights, in mm: statistics of the average training speaker, and half the width of the interval."""

_MOST = 1 << 24  # bytes of a file


class LiveFacts(Params):
    """What the file states about the model."""

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    channels: list[str]
    front: FrontParams
    sizes: SizeParams
    peak: float  # dB, typical peak level
    level: float = Field(gt=0, lt=1)  # share of true values within the intervals, on synthetic speakers
    provenance: dict[str, str]  # origin of the training speakers, seed

    def check_channels(self) -> None:
        """Reject the channels of another version of this project."""
        if tuple(self.channels) != CHANNELS:
            raise BadData(f"its channels are not {CHANNELS}")


@dataclass(frozen=True)
class LiveModel:
    """A trained live model."""

    facts: LiveFacts
    weights: Mapping[str, np.ndarray]  # float32, by the names of `artinv.live.network`
    typical: Typical
    mean: np.ndarray  # (18,) float32, mm, over the training speakers
    std: np.ndarray  # (18,) float32, mm
    margin: np.ndarray  # (18,) float32, mm
    poses: np.ndarray  # (n, 18) float32, mm: usual motion, to which the drawing of a head is fitted
    digest: str = ""  # SHA-256 of the file, hexadecimal

    @property
    def title(self) -> str:
        """Return the name of the model and the first 12 digits of the digest."""
        return f"live {self.digest[:12]}"

    @property
    def look_ahead(self) -> float:
        """Return the seconds of sound after a moment that its motion needs."""
        return look_ahead(self.facts.front, self.facts.sizes)

    @property
    def latency(self) -> float:
        """Return the longest time in s from a moment of the sound to its motion, without computing and drawing."""
        return latency(self.facts.front, self.facts.sizes)

    def network(self) -> Network:
        """Return the network at rest."""
        return Network(self.weights, self.facts.sizes)

    def to_bytes(self) -> bytes:
        """Return the file; equal models give equal bytes."""
        arrays = {f"network.{name}": self.weights[name] for name in NAMES} | {
            "statistics.mean": self.mean, "statistics.std": self.std, "statistics.margin": self.margin,
            "statistics.poses": self.poses,
            "typical.mean": self.typical.mean, "typical.variance": self.typical.variance,
        }
        header: dict = {"__metadata__": {KEY: json.dumps(self.facts.model_dump(), sort_keys=True, allow_nan=False)}}
        start, content = 0, []
        for name in sorted(arrays):
            content.append(np.ascontiguousarray(arrays[name], "<f4").tobytes())
            shape = list(np.shape(arrays[name]))
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, start + len(content[-1])]}
            start += len(content[-1])
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return b"".join([struct.pack("<Q", len(text)), text, *content])

    def save(self, path: Path) -> None:
        """Write the file."""
        content = self.to_bytes()
        with replacing(path) as temporary:
            temporary.write_bytes(content)

    @classmethod
    def of(cls, content: bytes, origin: str) -> Self:
        """Read the content of a file; `origin` names it in messages."""
        try:
            metadata, arrays = _read(content)
            facts = LiveFacts.of(json.loads(metadata), "metadata")
            facts.check_channels()
            weights = {name: arrays.get(f"network.{name}", np.zeros(0)) for name in NAMES}
            check_weights(weights, facts.sizes, facts.front.cepstra)
            mean, std, margin = (_shaped(arrays, f"statistics.{name}", (len(CHANNELS),)) for name in STATISTICS)
            poses = _shaped(arrays, "statistics.poses", (len(arrays["statistics.poses"]), len(CHANNELS)))
            typical = [_shaped(arrays, f"typical.{name}", (facts.front.cepstra,)).astype(float) for name in ("mean", "variance")]
        except (BadParams, BadData, ValueError, TypeError, LookupError, struct.error, RecursionError) as error:
            raise BadData(f"{origin}: is not a live model of this project ({reason(error)}); name another file") from None
        digest = hashlib.sha256(content).hexdigest()
        return cls(facts, weights, Typical(facts.peak, *typical), mean, std, margin, poses, digest)


def load(path: Path | None = None) -> LiveModel:
    """Read a live model from its file, or the one that artinv comes with."""
    path = path or BUNDLED
    try:
        if path.stat().st_size > _MOST:
            raise BadData(f"{path}: is not a live model of this project (more than {_MOST >> 20} MB); name another file")
        return LiveModel.of(path.read_bytes(), str(path))
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); name another file") from None


def _read(content: bytes) -> tuple[str, dict[str, np.ndarray]]:
    """Return the metadata and the arrays of a file in the format safetensors; all arrays are float32."""
    (length,) = struct.unpack_from("<Q", content)
    if length > len(content):
        raise ValueError("its header is incomplete")
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    metadata = header.pop("__metadata__")[KEY]
    arrays = {}
    for name, entry in header.items():
        (start, end), shape = entry["data_offsets"], entry["shape"]
        if entry["dtype"] != "F32" or not 0 <= start <= end <= len(data) or math.prod(shape) * 4 != end - start:
            raise ValueError(f"the array '{name}' is damaged")
        arrays[name] = np.frombuffer(data[start:end], "<f4").reshape(shape)
    return metadata, arrays


def _shaped(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array; reject another shape and values that are not finite."""
    if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
        raise BadData(f"'{name}' has the shape {arrays[name].shape} or values that are not finite, expected {shape}")
    return arrays[name]
