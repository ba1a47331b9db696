"""A network in one safetensors file: its weights as tensors, and facts about it as JSON in the metadata."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import nn

from artinv.core.files import replacing
from artinv.runtime.errors import ArtinvError, BadData, reason

Network = TypeVar("Network", bound=nn.Module)


def weights_of(network: nn.Module, prefix: str = "") -> dict[str, np.ndarray]:
    """Return the weights of a network on the CPU by prefix and name, sorted."""
    return {f"{prefix}{name}": value.cpu().numpy() for name, value in sorted(network.state_dict().items())}


def write(path: Path | str, key: str, facts: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Write tensors, and facts as the entry `key` of the metadata; equal content gives equal bytes."""
    contiguous = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    with replacing(path) as temporary:
        temporary.write_bytes(save(contiguous, metadata={key: json.dumps(facts, sort_keys=True)}))


def read(path: Path, key: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Return the facts in the entry `key` of the metadata, and the tensors; raise ValueError with the fault for any other file."""
    try:
        with safe_open(path, "numpy") as file:
            text = (file.metadata() or {}).get(key)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(reason(error)) from None
    if text is None:
        raise ValueError(f"its metadata has no entry '{key}'")
    try:
        return json.loads(text), tensors
    except (ValueError, RecursionError) as error:
        raise ValueError(reason(error)) from None


@contextmanager
def checked(path: Path, kind: str, cure: str) -> Iterator[None]:
    """Turn faults of a file that are found inside the block into BadData: the file is not `kind`, such as "a model of settings"."""
    try:
        yield
    except (ArtinvError, ValueError) as error:
        raise BadData(f"{path}: is not {kind} ({reason(error)}); {cure}") from error


def filled(build: Callable[[], Network], tensors: Mapping[str, np.ndarray], prefix: str = "") -> Network:
    """Build a network with these weights, whose names have a prefix; raise ValueError if they are not those of the network.

    Shapes are compared before memory is allocated. ValueError is also raised where no network has the sizes that `build` asks for.
    """
    try:
        with torch.device("meta"):
            empty = {f"{prefix}{name}": value for name, value in build().state_dict().items()}
    except (RuntimeError, ArithmeticError, TypeError) as error:
        raise ValueError(str(error).partition("\n")[0]) from None  # the other lines are those of a stack
    # `write` stores a scalar as an array (1,)
    expected, shapes = ({name: tuple(value.shape) or (1,) for name, value in table.items()} for table in (empty, tensors))
    if wrong := sorted(name for name in expected.keys() | shapes.keys() if expected.get(name) != shapes.get(name)):
        actual, required = shapes.get(wrong[0], "absent"), expected.get(wrong[0], "none")
        raise ValueError(f"weights '{wrong[0]}' are {actual}, its metadata requires {required}")
    for name, value in sorted(tensors.items()):
        kind = torch.empty(0, dtype=empty[name].dtype).numpy().dtype
        if value.dtype != kind or not np.isfinite(value).all():
            raise ValueError(f"weights '{name}' are not finite {kind}")
    with torch.random.fork_rng():
        network = build()
    network.load_state_dict({name.removeprefix(prefix): torch.from_numpy(value) for name, value in tensors.items()})
    return network.eval()
