"""The benchmark of the profiles `full`: the time of an epoch in closed form, and matching on the CPU with few sounds."""

import json
import sys

import pytest
import torch
import yaml

from artinv.core.workspace import Workspace
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadParams
from artinv.runtime.params import read_yaml
from benchmarks import cuda_neighbours
from tests.support import matched
from tests.support.neighbours import file_of_tests, written


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a project whose profile `full` of matching trains a small network on the synthesizer `tones`."""
    made = Workspace(tmp_path)
    made.matching_params.parent.mkdir(parents=True)
    full = {f"profiles.full.sample.{key}": value for key, value in matched.SAMPLE.items() if key not in ("num_examples", "stored")}
    written(made.matching_params.parent, "matching", full | {
        "profiles.full.train.networks": ["C1"], "profiles.full.train.batch": 10, "profiles.full.sample.num_examples": 4000,
        "profiles.full.sample.stored": False, "profiles.full.train.epochs": 30})
    monkeypatch.setattr(cuda_neighbours, "Workspace", lambda: made)
    with matched.tones_registered():
        yield made


def test_the_profile_is_full(workspace):
    path = workspace.matching_params
    assert cuda_neighbours.full(path) == read_yaml(path) | {"profile": "full"}


def test_the_time_of_an_epoch_excludes_what_precedes_the_first(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(cuda_neighbours.time, "perf_counter", lambda: clock[0])

    def work(epochs):
        clock[0] += 7.0 + 1.5 * epochs
        return epochs

    assert cuda_neighbours.epoch_seconds(work) == (1.5, 1)


def test_matching_is_scaled_to_the_whole_profile(workspace, monkeypatch):
    monkeypatch.setattr(cuda_neighbours, "epoch_seconds", lambda work: (0.5, work(1)))
    words = ["--device", "cpu", "--parts", "matching", "--sounds", "100", "--seconds", "0"]
    monkeypatch.setattr(sys, "argv", ["cuda_neighbours", *words])
    cuda_neighbours.main()
    own = json.loads((workspace.root / "metrics/cpu_neighbours.json").read_text())["matching"]
    assert (own["origin"], own["network"], own["epochs"], own["batch"]) == ("synthetic", "C1", 30, 10)
    assert own["trained_per_second"] == 160, "80 of 100 sounds are for training"
    assert own["seconds_an_epoch"] == 20
    assert own["minutes_of_training"] == 10
    assert min(own["rendered_per_second"].values()) > 0


def test_each_decoder_has_its_size_and_the_time_of_an_epoch(tmp_path, monkeypatch):
    made = Workspace(tmp_path)
    choices = read_yaml(file_of_tests("neural"))
    choices["profiles"]["full"] = choices["profiles"]["smoke"]
    NeuralFiles(tmp_path).params.parent.mkdir(parents=True)
    NeuralFiles(tmp_path).params.write_text(yaml.safe_dump(choices))
    monkeypatch.setattr(cuda_neighbours, "Workspace", lambda: made)
    monkeypatch.setattr(cuda_neighbours, "epoch_seconds", lambda work: (0.5, work(1)))
    monkeypatch.setattr(sys, "argv", ["cuda_neighbours", "--device", "cpu", "--parts", "neural", "--minutes", "0.4"])
    cuda_neighbours.main()
    own = json.loads((tmp_path / "metrics/cpu_neighbours.json").read_text())["neural"]
    assert own["origin"] == "synthetic"
    assert set(own["decoders"]) == set(cuda_neighbours.DECODERS)
    sizes = {name.split()[0]: figures["parameters"] for name, figures in own["decoders"].items()}
    for figures in own["decoders"].values():
        assert (figures["minutes"], figures["seconds_an_epoch"]) == (0.4, 0.5)
        assert figures["parameters"] in sizes.values(), "the mode changes no size"


@pytest.mark.skipif(torch.cuda.is_available(), reason="the fault is a missing GPU")
def test_without_a_gpu_the_command_says_so(workspace, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cuda_neighbours"])
    with pytest.raises(BadParams, match=r"^benchmarks\.cuda_neighbours: no CUDA device is available; run it on a machine with"):
        cuda_neighbours.main()
