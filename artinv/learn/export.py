"""Export a trained model as one ONNX file, for `artinv.predict`."""

import json

import numpy as np

from artinv.learn.graph import Graph
from artinv.learn.inverter import Inverter
from artinv.predict.predictor import GraphFacts


def graph_of(inverter: Inverter) -> bytes:
    """Return a trained model as an ONNX file; equal models give equal bytes."""
    facts = GraphFacts(
        model=inverter.model, n_in=inverter.n_in, rate=inverter.rate, channels=list(inverter.channels), features=inverter.features,
        normalization=inverter.normalization, provenance=inverter.provenance, step=inverter.step, sizes=inverter.sizes.model_dump(),
        statistics={key: _nested(value) for key, value in inverter.statistics.items()}, evidence=inverter.evidence,
        source=inverter.source,
    )
    content = facts.model_dump(exclude={name for name in ("evidence", "source") if not getattr(inverter, name)})
    graph = Graph()
    result = graph.draw(inverter.network, "acoustics")
    return graph.bytes_of(result, inverter.n_in, json.dumps(content, sort_keys=True, allow_nan=False))


def _nested(values: np.ndarray) -> list:
    """Return an array as nested lists, None where it is not a number."""
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    return plain.tolist()
