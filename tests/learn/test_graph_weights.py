"""Test that the network of an ONNX file is that of training, weight by weight, and that other files are refused."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from onnx import helper, numpy_helper

from artinv.inversion.model import BUNDLED
from artinv.learn.export import graph_of
from artinv.learn.graph_weights import inverter_of
from artinv.predict.facts import KEY
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData
from tests.learn.test_inverter import inverter
from tests.learn.test_models import SMALL
from tools.deps import ROOT

COMPUTED = ("layersum", "mean", "ridge", "tcn")
"""Models whose graphs hold no weights, or numbers that are computed from them."""


def changed(graph, **facts):
    """Return a graph with other facts in its metadata."""
    model = onnx.load_from_string(graph)
    content = json.loads(model.metadata_props[0].value) | facts
    del model.metadata_props[:]
    helper.set_model_props(model, {KEY: json.dumps(content, sort_keys=True)})
    return model.SerializeToString(deterministic=True)


def restored(graph):
    return inverter_of(Predictor.of(graph, "a.onnx"), Path("a.onnx"))


@pytest.mark.parametrize("name", [name for name in SMALL if name not in COMPUTED])
def test_a_model_comes_back_byte_by_byte(name, tmp_path):
    before = inverter(name)
    after = restored(graph_of(before))
    before.save(tmp_path / "before")
    after.save(tmp_path / "after")
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes()


def test_the_bundled_model_is_the_one_that_the_pipeline_trained(tmp_path):
    restored(BUNDLED.read_bytes()).save(tmp_path / "universal.safetensors")
    lock = yaml.safe_load((ROOT / "pipelines/sim2real/dvc.lock").read_text(encoding="utf-8"))
    trained, = (out for out in lock["stages"]["train"]["outs"] if out["path"] == "models/universal.safetensors")
    assert hashlib.md5((tmp_path / "universal.safetensors").read_bytes()).hexdigest() == trained["md5"]  # noqa: S324 -- as DVC does


@pytest.mark.parametrize(("facts", "fault"), [
    ({"sizes": {}}, "it does not state the sizes of its network"),
    ({"sizes": {**SMALL["mlp"], "width": 4096, "layers": 8}}, r"\d+ weights cannot be those of \d+ bytes"),
    ({"sizes": {**SMALL["mlp"], "width": 15}}, "its network is not drawn as this version draws it"),
    ({"sizes": {**SMALL["mlp"], "cutoff": 9}}, "its network is not drawn as this version draws it"),
    ({"sizes": {**SMALL["mlp"], "wide": 1}}, "wide"),
    ({"model": "mean", "sizes": {"x": 1}}, "x"),
    ({"model": "other"}, "unknown model 'other'"),
])
def test_a_file_that_does_not_fit_its_facts_is_refused_with_a_cure(facts, fault):
    message = rf"^a\.onnx: its weights cannot be read back \(.*{fault}.*\); use its \.safetensors file, or another model$"
    with pytest.raises(BadData, match=message):
        restored(changed(graph_of(inverter("mlp")), **facts))


@pytest.mark.parametrize("name", COMPUTED)
def test_a_network_whose_graph_holds_no_plain_weights_is_refused(name):
    with pytest.raises(BadData, match="its weights cannot be read back"):
        restored(graph_of(inverter(name)))


def test_a_weight_that_is_not_in_the_graph_is_noticed():
    graph = graph_of(inverter("mlp"))
    model = onnx.load_from_string(graph)
    weights = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 2)
    values = numpy_helper.to_array(weights)
    weights.CopyFrom(numpy_helper.from_array(np.where(values == values.flat[0], np.nan, values), weights.name))
    before = Predictor.of(graph, "a.onnx")
    with pytest.raises(BadData, match="not drawn as this version draws it"):
        inverter_of(replace(before, graph=model.SerializeToString(deterministic=True)), Path("a.onnx"))
