"""Read a network back from its ONNX file, so that a model can be trained further where only that file is.

A graph holds the weights of a network transposed, reordered and stacked by its methods `draw`. Instead of undoing each of these,
the network is drawn once with numbered weights: where a number lies in that graph, its weight lies in the file.
"""

from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from artinv.learn import models
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData, BadParams, reason

_FIRST = 1000
"""The first number; constants of a graph that are no weights are smaller, or no whole numbers."""

_MOST = 2**24 - _FIRST
"""More weights have no numbers of their own: float32 holds whole numbers exactly up to 2^24."""


def inverter_of(predictor: Predictor, origin: Path) -> Inverter:
    """Return the model of an ONNX file as training wrote it; `origin` names the file in messages."""
    cure = "use its .safetensors file, or another model"
    try:
        inverter = _unfilled(predictor)
        _fill(inverter, predictor.graph)
    except (BadParams, BadData, ValueError, TypeError, RuntimeError) as error:
        raise BadData(f"{origin}: its weights cannot be read back ({reason(error)}); {cure}") from None
    return inverter


def _unfilled(predictor: Predictor) -> Inverter:
    """Return a model of the kind and size that the file states, if the file can hold it, with other weights."""
    facts = predictor.facts
    if not facts.sizes:
        raise BadData("it does not state the sizes of its network")
    sizes = models.get(facts.model).Sizes.of(facts.sizes, "metadata")
    build = partial(models.build, facts.model, sizes, facts.n_in, facts.rate)
    with torch.device("meta"):
        count = sum(weights.numel() for weights in build().parameters())
    if not 0 < 4 * count <= min(len(predictor.graph), 4 * _MOST):
        raise BadData(f"{count} weights cannot be those of {len(predictor.graph)} bytes")
    with torch.random.fork_rng():
        network = build().eval()
    return Inverter(
        model=facts.model, sizes=sizes, n_in=facts.n_in, rate=facts.rate, network=network, features=facts.features,
        normalization=facts.normalization, provenance=facts.provenance, evidence=facts.evidence, source=facts.source,
        statistics=dict(predictor.statistics),
    )


@torch.no_grad()
def _fill(inverter: Inverter, graph: bytes) -> None:
    """Set the weights of a model to those in its graph; raise BadData if another graph would follow from them."""
    parameters = list(inverter.network.parameters())
    nn.utils.vector_to_parameters(_FIRST + torch.arange(sum(weights.numel() for weights in parameters)).float(), parameters)
    numbered, held = _constants(graph_of(inverter)), _constants(graph)
    weights = np.full(sum(values.numel() for values in parameters), np.nan, np.float32)
    for name, numbers in numbered.items():
        if numbers.dtype == np.float32 and name in held and held[name].shape == numbers.shape:
            places = (numbers >= _FIRST) & (numbers == np.round(numbers))
            weights[numbers[places].astype(int) - _FIRST] = held[name][places]
    nn.utils.vector_to_parameters(torch.from_numpy(weights), parameters)
    if np.isnan(weights).any() or graph_of(inverter) != graph:
        raise BadData("its network is not drawn as this version draws it")


def _constants(graph: bytes) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load_from_string(graph).graph.initializer}
