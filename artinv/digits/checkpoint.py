"""Files of networks, and the mark of an unfinished training, which resumes only with the same mark."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artinv.digits.sounds import Clips
from artinv.learn import network_file
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params


def mark_of(params: Params, parts: Sequence[Clips], *facts: object) -> str:
    """Return a hash of everything that a training depends on."""
    text = json.dumps([params.model_dump(), *map(str, facts), torch.__version__], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for clips in parts:
        digest.update(clips.sounds.tobytes() + clips.digits.tobytes())
    return digest.hexdigest()


def load_network(path: Path, key: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Return the facts in the entry `key` of a file's metadata, and its tensors; reject a file without this entry."""
    if not path.is_file():
        raise BadData(f"{path}: is missing; make it: `make digits`")
    try:
        facts, tensors = network_file.read(path, key)
    except ValueError as error:
        raise BadData(f"{path}: cannot be read ({error}); make it again: `make digits`") from None
    return facts, tensors
