"""The layers of an inverter: read their values, or change them while the inverter predicts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artinv.learn.inverter import Inverter
from artinv.learn.models.bilstm import Bidirectional
from artinv.runtime.errors import BadData

INPUT, OUTPUT = "input", "output"
"""The first layer, the stacked acoustics of a step, and the last, the trajectories of a step before the low-pass."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A place in the network."""

    name: str
    module: nn.Module
    before: bool = False  # the values are the input of the module, not its output


@dataclass(frozen=True, slots=True)
class Edit:
    """An affine change of the values of a layer."""

    matrix: np.ndarray  # (values, values); a row of values is multiplied from the left
    shift: np.ndarray  # (values,)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Change values (..., values)."""
        return values @ self.matrix + self.shift


def taps_of(inverter: Inverter) -> list[Tap]:
    """Return the layers from the input to the output; dense and recurrent ones are numbered."""
    network: Any = inverter.network
    if not hasattr(network, "dense") or not hasattr(network, "readout"):
        raise BadData(f"model '{inverter.model}' has no dense layers and readout; take a run of bilstm, strided or mlp")
    taps = [Tap(INPUT, network.dense[0], before=True)]
    relus = [layer for layer in network.dense if isinstance(layer, nn.ReLU)]
    taps += [Tap(f"dense {number}", layer) for number, layer in enumerate(relus, 1)]
    recurrent = [layer for layer in network.modules() if isinstance(layer, Bidirectional)]
    taps += [Tap(f"recurrent {number}", layer) for number, layer in enumerate(recurrent, 1)]
    return [*taps, Tap(OUTPUT, network.readout)]


def activations(inverter: Inverter, utterances: Sequence[np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Return the values of each layer for each utterance (steps, values) float32; step k begins at frame k * stride."""
    values: dict[str, list[np.ndarray]] = {}
    taps = taps_of(inverter)

    def keep(name: str, value: Tensor) -> None:
        values.setdefault(name, []).append(value[0].numpy().copy())

    with _hooked(taps, keep), torch.inference_mode():
        for acoustics in utterances:
            inverter.network(torch.from_numpy(np.ascontiguousarray(acoustics))[None], torch.tensor([len(acoustics)]))
    return values


@contextmanager
def edited(inverter: Inverter, name: str, edit: Edit) -> Iterator[None]:
    """Change the values of a layer in all predictions inside the block."""
    matrix, shift = (torch.from_numpy(part.astype(np.float32)) for part in (edit.matrix, edit.shift))
    tap = next(tap for tap in taps_of(inverter) if tap.name == name)
    with _hooked([tap], lambda _, value: value @ matrix + shift):
        yield


@contextmanager
def _hooked(taps: Sequence[Tap], work: Callable[[str, Tensor], Tensor | None]) -> Iterator[None]:
    handles = []
    for tap in taps:
        if tap.before:
            handles.append(tap.module.register_forward_pre_hook(lambda _, inputs, name=tap.name: work(name, inputs[0])))
        else:
            handles.append(tap.module.register_forward_hook(lambda _, __, output, name=tap.name: work(name, output)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
