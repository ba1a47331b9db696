"""Test saving, loading and prediction of models, and the rejection of damaged files."""

import json
import resource

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from torch import nn

from artinv.core.channels import CHANNELS
from artinv.learn import inverter as module
from artinv.learn import models
from artinv.learn.inverter import Inverter
from artinv.predict import pieces
from artinv.runtime.errors import BadData
from tests.learn.test_models import SMALL


def inverter(name="tcn", **changes):
    torch.manual_seed(0)
    sizes = models.get(name).Sizes.of({**SMALL[name], **changes})
    network = models.build(name, sizes, 3, 100.0)
    if name == "ridge":
        nn.init.normal_(network.weight)
    statistics = {"mean": np.arange(18, dtype=np.float32), "std": np.full(18, np.nan, dtype=np.float32)}
    features = {"kind": "mfcc", "window": 0.025}
    return Inverter(model=name, sizes=sizes, n_in=3, rate=100.0, network=network, features=features, statistics=statistics,
                    provenance={"origin": "synthetic", "seed": "3"})


def sound(frames, seed=0):
    return np.random.default_rng(seed).standard_normal((frames, 3)).astype(np.float32)


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_model_loads_unchanged(name, tmp_path):
    before = inverter(name)
    before.save(tmp_path / "a.safetensors")
    after = Inverter.load(tmp_path / "a.safetensors")
    assert (after.model, after.sizes, after.n_in, after.rate) == (name, before.sizes, 3, 100.0)
    assert after.channels == CHANNELS
    assert after.features == before.features
    assert after.provenance == {"origin": "synthetic", "seed": "3"}
    assert np.array_equal(after.statistics["mean"], before.statistics["mean"])
    assert np.isnan(after.statistics["std"]).all()
    assert np.array_equal(after.predict(sound(50)), before.predict(sound(50)))
    after.save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize("name", SMALL)
def test_prediction_in_batches_equals_single_prediction(name, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 400)
    model, utterances = inverter(name), [sound(length, length) for length in (70, 3, 120, 1, 0, 118, 350)]
    together = model.predict_many(utterances)
    for predicted, utterance in zip(together, utterances, strict=True):
        assert predicted.shape == (len(utterance), 18)
        assert predicted.dtype == np.float32
        assert np.allclose(predicted, model.predict(utterance), atol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_prediction_in_pieces_equals_prediction_of_the_whole(name, monkeypatch):
    model, long = inverter(name), sound(1050)
    whole = model.predict(long)
    monkeypatch.setattr(pieces, "CHUNK", 3.0)
    monkeypatch.setattr(pieces, "OVERLAP", 2.8)  # more than the reach of the convolutions, 2 x (1 + 2 + ... + 64) frames
    assert np.allclose(model.predict(long), whole, atol=1e-4)


def test_the_size_of_a_forward_pass_is_limited(monkeypatch):
    seen, model = [], inverter("mean")
    forward = model.network.forward
    monkeypatch.setattr(model.network, "forward", lambda values, lengths: seen.append(values.shape) or forward(values, lengths))
    model.predict_many([sound(100_000), *(sound(900, k) for k in range(80))])
    assert all(count * frames <= module._BATCH for count, frames, _ in seen)


def test_unsuitable_acoustics_are_rejected():
    model = inverter()
    with pytest.raises(BadData, match=r"shape \(5, 4\), .* \(frames, 3\); use the features"):
        model.predict(np.zeros((5, 4), dtype=np.float32))
    with pytest.raises(BadData, match=r"shape \(5,\)"):
        model.predict(np.zeros(5, dtype=np.float32))
    with pytest.raises(BadData, match="not finite"):
        model.predict(np.full((5, 3), np.nan, dtype=np.float32))


def assert_rejected(path, fault):
    with pytest.raises(BadData, match=f"is not a model of this project .*{fault}") as caught:
        Inverter.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0, 4, 100, 0.5, -1])
def test_a_truncated_file_is_rejected(share, tmp_path):
    path = tmp_path / "m.safetensors"
    inverter().save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share) if isinstance(share, float) else share])
    assert_rejected(path, "")


def test_a_file_with_a_flipped_bit_is_rejected_or_still_a_model(tmp_path):
    path, random = tmp_path / "m.safetensors", np.random.default_rng(0)
    inverter("mlp").save(path)
    whole = path.read_bytes()
    rejections = 0
    for at in random.integers(0, len(whole) // 3, 150):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << int(random.integers(8)))]) + whole[at + 1 :])
        try:
            Inverter.load(path)
        except BadData:
            rejections += 1
    assert rejections > 30


FACTS = [
    ({"model": "lstm"}, "unknown model 'lstm'"),
    ({"model": "../mean"}, "unknown model"),
    ({"version": 2}, "version"),
    ({"n_in": -1}, "n_in"),
    ({"sizes": {"width": 1}}, "is missing"),
    ({"extra": 1}, "unknown key 'extra'"),
    ({"n_in": 4}, "weights 'network.entry.weight'"),
    ({"channels": ["a"]}, "its channels"),
    ({"sizes": {**SMALL["tcn"], "width": 8192, "blocks": 32}}, r"weights '.*' are .*, its metadata requires"),
]


@pytest.mark.parametrize(("change", "fault"), FACTS)
def test_inconsistent_metadata_is_rejected(change, fault, tmp_path):
    path = tmp_path / "m.safetensors"
    model = inverter()
    model.save(path)
    facts = {
        "version": 1, "model": "tcn", "sizes": SMALL["tcn"], "n_in": 3, "rate": 100.0, "channels": list(CHANNELS), "features": {},
    }
    tensors = load_file(path)
    save_file(tensors, path, metadata={"artinv": json.dumps(facts)})
    assert np.array_equal(Inverter.load(path).predict(sound(9)), model.predict(sound(9)))
    save_file(tensors, path, metadata={"artinv": json.dumps({**facts, **change})})
    assert_rejected(path, fault)


@pytest.mark.parametrize(("metadata", "fault"), [(None, "no entry 'artinv'"), ({"artinv": "{"}, "Exp"), ({"artinv": "[]"}, "")])
def test_other_files_are_rejected(metadata, fault, tmp_path):
    path = tmp_path / "m.safetensors"
    save_file({"a": np.zeros(3)}, path, metadata=metadata)
    assert_rejected(path, fault)


def test_weights_that_are_not_finite_are_rejected(tmp_path):
    path = tmp_path / "m.safetensors"
    inverter("mlp").save(path)
    model = inverter("mlp")
    with torch.no_grad():
        model.network.readout.bias[0] = torch.nan
    model.save(path)
    assert_rejected(path, "'network.readout.bias' are not finite float32")


def test_a_missing_file_is_named(tmp_path):
    assert_rejected(tmp_path / "none.safetensors", "[Nn]o such file")


def test_a_full_disk_is_reported_and_keeps_the_old_file(tmp_path):
    inverter().save(tmp_path / "m.safetensors")
    before = (tmp_path / "m.safetensors").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            inverter().save(tmp_path / "m.safetensors")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]
    assert (tmp_path / "m.safetensors").read_bytes() == before
