"""Test prediction with ONNX files: equality with torch, pieces, processes, and the rejection of other files."""

import json
import pickle
from contextlib import suppress

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from artinv.learn.export import graph_of
from artinv.predict import pieces, predictor
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData
from tests.learn.test_inverter import inverter, sound
from tests.learn.test_models import SMALL


def predictor_of(name="bilstm"):
    return Predictor.of(graph_of(inverter(name)), "toy")


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 7, 12, 50, 301])
def test_prediction_equals_that_of_torch(name, frames):
    model, acoustics = inverter(name), sound(frames, frames)
    assert np.abs(Predictor.of(graph_of(model), "toy").predict(acoustics) - model.predict(acoustics)).max() < 1e-5


@pytest.mark.parametrize("name", SMALL)
def test_long_sound_in_pieces_equals_that_of_torch(name, monkeypatch):
    monkeypatch.setattr(pieces, "CHUNK", 3.0)
    monkeypatch.setattr(pieces, "OVERLAP", 0.5)
    model, acoustics = inverter(name), sound(2050)
    assert np.abs(Predictor.of(graph_of(model), "toy").predict(acoustics) - model.predict(acoustics)).max() < 1e-5


def test_a_file_states_what_the_model_states():
    model, made = inverter("tcn"), predictor_of("tcn")
    facts = made.facts
    assert (facts.model, facts.n_in, facts.rate, tuple(facts.channels)) == ("tcn", 3, 100.0, model.channels)
    assert (facts.features, facts.normalization, facts.provenance) == (model.features, model.normalization, model.provenance)
    assert np.array_equal(made.statistics["mean"], model.statistics["mean"])
    assert made.statistics["mean"].dtype == np.float32
    assert np.isnan(made.statistics["std"]).all()


def test_equal_models_give_equal_bytes():
    assert graph_of(inverter("strided")) == graph_of(inverter("strided"))


def test_the_size_of_a_forward_pass_is_limited(monkeypatch):
    made, shapes = predictor_of("mean"), []
    run = made._session.run

    class Session:
        def run(self, names, inputs):
            shapes.append(inputs["acoustics"].shape)
            return run(names, inputs)

    monkeypatch.setitem(made.__dict__, "_session", Session())
    made.predict(sound(100_000))
    assert all(count * frames <= predictor._BATCH for count, frames, _ in shapes)


def test_a_copy_in_another_process_predicts_the_same():
    made = predictor_of()
    made.predict(sound(9))
    copy = pickle.loads(pickle.dumps(made))  # noqa: S301 -- made here
    assert np.array_equal(copy.predict(sound(40)), made.predict(sound(40)))


def test_unsuitable_acoustics_are_rejected():
    with pytest.raises(BadData, match=r"shape \(5, 4\), .* \(frames, 3\); use the features"):
        predictor_of().predict(np.zeros((5, 4), np.float32))
    with pytest.raises(BadData, match="not finite"):
        predictor_of().predict(np.full((5, 3), np.nan, np.float32))


def other_graph(metadata=None, external=False):
    """Return a valid ONNX file that is not a model of this project."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["a", "b"]) for name in ("x", "y")]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    if external:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "4")):
            weight.external_data.add(key=key, value=value)
    graph = helper.make_graph([helper.make_node("Mul", ["x", "w"], ["y"])], "other", values[:1], values[1:], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    return model.SerializeToString()


def changed_facts(**changes):
    model = onnx.load_from_string(graph_of(inverter("mlp")))
    facts = json.loads(model.metadata_props[0].value) | changes
    helper.set_model_props(model, {"artinv": json.dumps(facts)})
    return model.SerializeToString()


@pytest.mark.parametrize("content", [
    b"", b"x", b"\0" * 100, graph_of(inverter("mlp"))[:-50], other_graph(), other_graph({"artinv": "{"}),
    other_graph({"artinv": "[]"}), other_graph(external=True), changed_facts(version=9), changed_facts(channels=["tt_x"]),
    changed_facts(step=0), changed_facts(unknown=1), changed_facts(statistics={"mean": ["x"]}), changed_facts(n_in=4),
    changed_facts(rate=1e9), changed_facts(rate=float("inf")), changed_facts(statistics={"mean": [10**400] * 18}),
    changed_facts(statistics={"interval_weights": [[0.0] * 18] * 5}), changed_facts(statistics={"interval_level": []}),
    changed_facts(statistics={"interval_weights": [[0.0] * 18] * 40}),
], ids=range(20))
def test_any_other_file_is_rejected_on_one_line(content, tmp_path):
    (tmp_path / "m.onnx").write_bytes(content)
    (tmp_path / "weights.bin").write_bytes(b"1234")
    with pytest.raises(BadData, match=r"m.onnx: is not a model of this project \(.+\)$") as caught:
        Predictor.load(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_give_a_model_or_a_rejection(seed, tmp_path):
    random, content = np.random.default_rng(seed), bytearray(graph_of(inverter("mlp")))
    for place in random.integers(0, len(content), 5):
        content[place] ^= int(random.integers(1, 256))
    with suppress(BadData):
        Predictor.of(bytes(content), "m.onnx").predict(sound(5))
