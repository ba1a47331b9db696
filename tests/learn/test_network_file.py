"""Files of networks: readable by the package safetensors, equal bytes for equal content, faults named, weights checked."""

from functools import partial

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from torch import nn

from artinv.learn.network_file import checked, filled, read, weights_of, write
from artinv.runtime.errors import BadData, BadParams


class Counted(nn.Module):
    """A layer, and a buffer of integers."""

    counts: torch.Tensor

    def __init__(self, width: int = 2) -> None:
        super().__init__()
        self.dense = nn.Linear(3, width)
        self.register_buffer("counts", torch.arange(4, dtype=torch.int16))


def test_the_package_safetensors_reads_the_file_and_equal_content_gives_equal_bytes(tmp_path):
    weights = weights_of(Counted(), "network.")
    write(tmp_path / "new/a", "key", {"b": 1, "a": [2.5]}, weights)
    write(tmp_path / "b", "key", {"a": [2.5], "b": 1}, dict(reversed(weights.items())))
    assert (tmp_path / "new/a").read_bytes() == (tmp_path / "b").read_bytes()
    facts, tensors = read(tmp_path / "b", "key")
    assert facts == {"a": [2.5], "b": 1}
    with safe_open(tmp_path / "b", "numpy") as file:
        assert file.metadata() == {"key": '{"a": [2.5], "b": 1}'}
    independent = load_file(tmp_path / "b")
    assert sorted(independent) == sorted(tensors) == ["network.counts", "network.dense.bias", "network.dense.weight"]
    for name, value in independent.items():
        np.testing.assert_array_equal(tensors[name], value)
        np.testing.assert_array_equal(weights[name], value)


@pytest.mark.parametrize(("metadata", "fault"), [
    (None, "its metadata has no entry 'key'"), ({"other": "{}"}, "its metadata has no entry 'key'"), ({"key": "{"}, "Expecting"),
    ({"key": "[" * 100_000}, "recursion"),
])
def test_the_fault_of_the_metadata_is_named(tmp_path, metadata, fault):
    save_file({"a": np.zeros(1)}, tmp_path / "a", metadata=metadata)
    with pytest.raises(ValueError, match=fault):
        read(tmp_path / "a", "key")


def test_files_that_hold_no_tensors_are_rejected(tmp_path):
    (tmp_path / "a").write_text("text")
    for name, fault in (("a", "header"), ("absent", "No such file"), (".", "directory|device")):
        with pytest.raises(ValueError, match=fault):
            read(tmp_path / name, "key")


def test_a_network_has_the_weights_and_leaves_the_random_generator_as_it_was():
    torch.manual_seed(0)
    network = Counted()
    state = torch.get_rng_state()
    again = filled(Counted, weights_of(network, "network."), "network.")
    assert torch.equal(torch.get_rng_state(), state)
    assert not again.training
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in again.state_dict().items())


def test_a_scalar_is_written_and_read(tmp_path):
    network = nn.BatchNorm1d(2)
    write(tmp_path / "a", "key", {}, weights_of(network))
    again = filled(partial(nn.BatchNorm1d, 2), read(tmp_path / "a", "key")[1])
    assert again.num_batches_tracked.shape == network.num_batches_tracked.shape == ()


@pytest.mark.parametrize(("change", "fault"), [
    (lambda tensors: tensors.pop("n.dense.bias"), r"weights 'n.dense.bias' are absent, its metadata requires \(2,\)"),
    (lambda tensors: tensors.update({"n.more": np.zeros(5)}), r"weights 'n.more' are \(5,\), its metadata requires none"),
    (lambda tensors: tensors.update({"dense": np.zeros(5)}), r"weights 'dense' are \(5,\), its metadata requires none"),
    (lambda tensors: tensors.update({"n.counts": np.zeros(4)}), "weights 'n.counts' are not finite int16"),
    (lambda tensors: tensors.update({"n.dense.bias": np.zeros(2)}), "weights 'n.dense.bias' are not finite float32"),
    (lambda tensors: tensors["n.dense.bias"].__setitem__(0, np.nan), "weights 'n.dense.bias' are not finite float32"),
])
def test_other_weights_are_rejected(change, fault):
    tensors = weights_of(Counted(), "n.")
    change(tensors)
    with pytest.raises(ValueError, match=fault):
        filled(Counted, tensors, "n.")


def test_shapes_are_compared_before_memory_is_allocated():
    with pytest.raises(ValueError, match=r"'dense.bias' are \(2,\), its metadata requires \(1000000000000,\)"):
        filled(partial(Counted, 10 ** 12), weights_of(Counted()))


@pytest.mark.parametrize(("width", "fault"), [
    (-1, "negative dimension"), (2.5, "float"), (10 ** 19, r"Overflow when unpacking long long\W*$"),
])
def test_sizes_that_no_network_has_are_rejected(width, fault):
    with pytest.raises(ValueError, match=fault):
        filled(partial(Counted, width), weights_of(Counted()))


@pytest.mark.parametrize("error", [BadData("a\nb"), BadParams("a b"), ValueError("a\n b")])
def test_faults_of_a_file_name_the_file_its_kind_and_the_cure_on_one_line(tmp_path, error):
    with (
        pytest.raises(BadData, match=r"/m: is not a model of toys \(a b\); make it again$"),
        checked(tmp_path / "m", "a model of toys", "make it again"),
    ):
        raise error


@pytest.mark.parametrize("error", [TypeError("a"), KeyError("a"), IndexError("a"), AttributeError("a")])
def test_an_error_in_the_code_is_no_fault_of_the_file(tmp_path, error):
    with pytest.raises(type(error)) as caught, checked(tmp_path / "m", "a model of toys", "make it again"):
        raise error
    assert caught.value is error


def test_the_cause_of_a_fault_is_kept(tmp_path):
    error = ValueError("a")
    with pytest.raises(BadData) as caught, checked(tmp_path / "m", "a model of toys", "make it again"):
        raise error
    assert caught.value.__cause__ is error
