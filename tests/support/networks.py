"""Files of networks with planted faults."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

Change = Callable[[np.ndarray], np.ndarray | None]
"""A function of a tensor; None removes it."""


def altered(path: Path, key: str, facts: Mapping[str, object] = {}, tensors: Mapping[str, Change] = {}) -> Path:
    """Replace facts in the entry `key` of a file's metadata, and tensors by functions of them; return the file."""
    with safe_open(path, "numpy") as file:
        own = json.loads(file.metadata()[key])
    arrays = load_file(path)
    arrays |= {name: change(arrays[name]) for name, change in tensors.items()}
    kept = {name: array for name, array in arrays.items() if array is not None}
    save_file(kept, path, metadata={key: json.dumps(own | dict(facts))})
    return path
