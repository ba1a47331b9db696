"""Weights in safetensors files, and the mark by which an unfinished training knows that it may go on."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from artinv.digits.sounds import Clips
from artinv.runtime.errors import BadData, reason
from artinv.runtime.params import Params


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Return the weights of a network on the CPU by name, sorted."""
    return {name: np.ascontiguousarray(value.numpy()) for name, value in sorted(network.state_dict().items())}


def mark_of(params: Params, parts: Sequence[Clips], *facts: object) -> str:
    """Return a hash of everything that a training depends on."""
    text = json.dumps([params.model_dump(), *map(str, facts), torch.__version__], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for clips in parts:
        digest.update(clips.sounds.tobytes() + clips.digits.tobytes())
    return digest.hexdigest()


def load_tensors(path: Path, key: str) -> tuple[dict[str, np.ndarray], str]:
    """Read the tensors of a file and the entry `key` of its metadata; reject a file without this entry."""
    if not path.is_file():
        raise BadData(f"{path}: is missing; make it: `make digits`")
    try:
        with safe_open(path, "numpy") as file:
            text = (file.metadata() or {}).get(key)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); make it again: `make digits`") from None
    if text is None or not all(np.isfinite(value).all() for value in tensors.values()):
        raise BadData(f"{path}: is not a file of this kind (entry '{key}'); make it again: `make digits`")
    return tensors, text
