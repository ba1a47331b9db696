"""Write a trained network as an ONNX graph, node by node.

A traced export would fix the length of the sound; here the number of utterances and of frames stays free. Every network of
`artinv.learn.models` has a method `draw(graph, acoustics)`, the counterpart of `forward` for utterances without padding: it adds
its nodes and returns the name of its result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from artinv.core.channels import CHANNELS
from artinv.predict.facts import KEY

OPSET = 17
"""ONNX operator set: the first with LayerNormalization."""

_IR = 8  # of that operator set


class Graph:
    """A graph under construction; values are known by name."""

    def __init__(self) -> None:
        """Begin without nodes."""
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[bytes, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator and return the name of its first output."""
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: torch.Tensor | np.ndarray | Sequence[int] | int) -> str:
        """Add a constant: float32, or int64 where the values are whole numbers."""
        array = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
        array = np.ascontiguousarray(array, np.int64 if array.dtype.kind == "i" else np.float32).reshape(array.shape)
        key = array.tobytes() + repr((array.shape, array.dtype.str)).encode()
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(array, f"constant_{len(self._constants)}")
        return self._constants[key].name

    def draw(self, network: nn.Module, values: str) -> str:
        """Add the nodes of a network by its own method `draw`."""
        method = network.draw
        assert callable(method)
        return str(method(self, values))

    def frames(self, values: str) -> str:
        """Return the number of frames, a scalar, of (B, T, ...)."""
        return self.op("Gather", self.op("Shape", values), self.constant(1))

    def linear(self, values: str, weight: torch.Tensor, bias: torch.Tensor) -> str:
        """Multiply (..., n_in) by a weight (n_out, n_in) and add a bias (n_out,)."""
        return self.op("Add", self.op("MatMul", values, self.constant(weight.T)), self.constant(bias))

    def windows(self, values: str, context: int, stride: int = 1) -> str:
        """Concatenate each group of `stride` frames with its neighbours: `artinv.learn.batches.stack_context`."""
        if context == 0 and stride == 1:
            return values
        frames = self.frames(values)
        steps = self.op("Div", self.op("Add", frames, self.constant(stride - 1)), self.constant(stride))
        starts = self.op("Mul", self.op("Range", self.constant(0), steps, self.constant(1)), self.constant(stride))
        offsets = self.constant(np.arange(-context, stride + context))
        places = self.op("Add", self.op("Unsqueeze", starts, self.constant([1])), offsets)
        last = self.op("Sub", frames, self.constant(1))
        inside = self.op("Min", self.op("Max", places, self.constant(0)), last)
        return self.op("Reshape", self.op("Gather", values, inside, axis=1), self.constant([0, 0, -1]))

    def normalized(self, values: str, norm: nn.LayerNorm) -> str:
        """Apply a layer normalization over the last axis."""
        return self.op("LayerNormalization", values, self.constant(norm.weight), self.constant(norm.bias), epsilon=norm.eps)

    def lstm(self, values: str, forwards: nn.LSTM, backwards: nn.LSTM) -> str:
        """Apply two LSTMs, the second backwards in time, to (B, T, n_in); their outputs (B, T, 2 width) are concatenated."""
        pair = (forwards, backwards)
        weights = [torch.stack([_gates(getattr(layer, f"weight_{kind}_l0")) for layer in pair]) for kind in ("ih", "hh")]
        biases = [torch.cat([_gates(getattr(layer, f"bias_{kind}_l0")) for kind in ("ih", "hh")]) for layer in pair]
        inputs = (self.op("Transpose", values, perm=[1, 0, 2]), *map(self.constant, [*weights, torch.stack(biases)]))
        out = self.op("LSTM", *inputs, direction="bidirectional", hidden_size=forwards.hidden_size)  # (T, 2, B, width)
        return self.op("Reshape", self.op("Transpose", out, perm=[2, 0, 1, 3]), self.constant([0, 0, -1]))

    def ones(self, values: str) -> str:
        """Return ones (1, 1, T), with T of (B, T, ...)."""
        shape = self.op("Concat", self.constant([1, 1]), self.op("Unsqueeze", self.frames(values), self.constant([0])), axis=0)
        return self.op("ConstantOfShape", shape, value=numpy_helper.from_array(np.ones(1, np.float32)))

    def ungrouped(self, motion: str, acoustics: str) -> str:
        """Ungroup (B, steps, stride * 18) to (B, T, 18), with T of the acoustics."""
        flat = self.op("Reshape", motion, self.constant([0, -1, len(CHANNELS)]))
        last = self.op("Unsqueeze", self.frames(acoustics), self.constant([0]))
        return self.op("Slice", flat, self.constant([0]), last, self.constant([1]))

    def bytes_of(self, result: str, n_in: int, metadata: str) -> bytes:
        """Return the complete file."""
        self._nodes.append(helper.make_node("Identity", [result], ["motion"], name="motion"))
        acoustics, motion = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["utterances", "frames", width])
            for name, width in (("acoustics", n_in), ("motion", len(CHANNELS)))
        )
        graph = helper.make_graph(self._nodes, "artinv", [acoustics], [motion], list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR, producer_name="artinv")
        helper.set_model_props(model, {KEY: metadata})
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)


def _gates(weight: torch.Tensor) -> torch.Tensor:
    """Bring the gates of an LSTM from torch's order (input, forget, cell, output) to that of ONNX (input, output, forget, cell)."""
    i, f, c, o = weight.chunk(4)
    return torch.cat([i, o, f, c])
