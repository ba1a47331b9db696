"""Compute features with the hidden layers of a self-supervised speech model (HuBERT, WavLM, wav2vec 2.0) from a local folder.

The model computes a frame every 320 samples, centred 200 samples after its first sample; linear interpolation gives the frame rate.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from artinv.runtime.errors import BadData, BadParams, reason
from artinv.runtime.params import Params

if TYPE_CHECKING:
    import torch

RATE = 16000
"""Hz, sampling rate of the training data of all these models."""

CONTEXT = 1.0
"""s of context on either side of a piece; the frames of the context are discarded."""


class SslParams(Params):
    """The model and the layers to use."""

    checkpoint: str  # folder with config.json and the weights, as `save_pretrained` writes it
    layers: list[int] = Field(min_length=1)  # hidden layers to concatenate; 0 is the input of the first, -1 the last
    piece: float = Field(ge=1)  # s; longer sounds are processed in pieces, which limits the memory


@dataclass(frozen=True, slots=True)
class _Model:
    network: "torch.nn.Module"
    normalizes: bool  # the model expects sound of zero mean and unit variance
    stride: int  # samples between frames
    field: int  # samples in the receptive field of one frame

    def states(self, sound: np.ndarray, layers: list[int]) -> np.ndarray:
        """Return (frames, layers * width) hidden states of (samples,) sound."""
        import torch  # noqa: PLC0415, the import takes seconds and only this kind of features needs it

        with torch.inference_mode():
            hidden = self.network(torch.from_numpy(np.ascontiguousarray(sound))[None], output_hidden_states=True).hidden_states
        if not all(-len(hidden) <= layer < len(hidden) for layer in layers):
            raise BadParams(f"features.ssl.layers: {layers} for a model with layers 0 to {len(hidden) - 1}; choose among these")
        return torch.cat([hidden[layer][0] for layer in layers], dim=1).numpy()


def hidden_states(sound: np.ndarray, sound_rate: int, rate: float, params: SslParams) -> np.ndarray:
    """Return (1 + samples * rate // 16000, layers * width) float32 of (samples,) at 16 kHz; frame k is at time k / rate."""
    model = _load(params.checkpoint)
    if sound_rate != RATE:
        raise BadData(f"a sound rate of {sound_rate} Hz does not suit the model; {RATE} Hz needed")
    if len(sound) < model.field:
        raise BadData(f"a sound of {len(sound)} samples is too short for the model; at least {model.field} needed")
    if model.normalizes:
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + np.float32(1e-7))
    rows = np.concatenate(list(_pieces(model, sound, params)))
    times = np.arange(1 + int(len(sound) * rate) // RATE) / rate
    positions = np.clip((times * RATE - (model.field - 1) / 2) / model.stride, 0, len(rows) - 1)
    before = positions.astype(int)
    weight = (positions - before).astype(np.float32)[:, None]
    return rows[before] * (1 - weight) + rows[np.minimum(before + 1, len(rows) - 1)] * weight


def _pieces(model: _Model, sound: np.ndarray, params: SslParams) -> Iterator[np.ndarray]:
    """Yield the model's frames in pieces of about equal length, each computed with its context."""
    frames = (len(sound) - model.field) // model.stride + 1
    count = max(1, -(-frames * model.stride // round(params.piece * RATE)))
    around = round(CONTEXT * RATE) // model.stride
    for first, end in pairwise(round(frames * k / count) for k in range(count + 1)):
        begin = max(0, first - around)
        piece = sound[begin * model.stride:(end + around - 1) * model.stride + model.field]
        yield model.states(piece, params.layers)[first - begin:end - begin]


@lru_cache(maxsize=1)
def _load(checkpoint: str) -> _Model:
    folder = Path(checkpoint)
    if not checkpoint or not (folder / "config.json").is_file():
        raise BadParams(f"features.ssl.checkpoint: '{checkpoint}' is not a folder with a config.json; save a model there")
    try:
        from transformers import AutoModel  # noqa: PLC0415, an optional dependency whose import takes seconds
    except ImportError:
        raise BadParams("features.kind: 'ssl' needs transformers; run `pip install 'artinv[ssl]'`") from None
    try:
        network = AutoModel.from_pretrained(folder, local_files_only=True).eval().float()
        layers = list(zip(network.config.conv_stride, network.config.conv_kernel, strict=True))
    except (OSError, ValueError, AttributeError) as error:
        fault = reason(error)
        raise BadParams(f"features.ssl.checkpoint: '{checkpoint}' is not a HuBERT, WavLM or wav2vec 2.0 model ({fault})") from None
    stride, field = 1, 1
    for step, width in layers:
        field += (width - 1) * stride
        stride *= step
    facts = folder / "preprocessor_config.json"
    normalizes = facts.is_file() and bool(json.loads(facts.read_text(encoding="utf-8")).get("do_normalize", False))
    return _Model(network, normalizes, stride, field)
