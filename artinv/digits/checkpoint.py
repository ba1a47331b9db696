"""Weights in safetensors files: read with a check of their metadata, and taken from a network."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from torch import nn

from artinv.runtime.errors import BadData, reason


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Return the weights of a network on the CPU by name, sorted."""
    return {name: np.ascontiguousarray(value.numpy()) for name, value in sorted(network.state_dict().items())}


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
