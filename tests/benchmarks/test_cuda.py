"""The benchmark of CUDA: closed forms of its summaries, and the whole command on the CPU, which stands for the GPU."""

import dataclasses
import json
import sys

import numpy as np
import pytest
import torch

from artinv.core import store
from artinv.core.workspace import Workspace
from artinv.data.dataset import build
from artinv.data.normalize import NormalizeParams
from artinv.learn import models
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import BadParams
from benchmarks import cuda
from tests.conftest import rewrite
from tests.support.folds_for_tests import truths
from tools.deps import ROOT

PARTS = "train", "train", "train", "valid", "test"
SMALL = {"corpora": ["hprc"], "train.warp": 0.0, "train.epochs": 1, "train.pooled_epochs": {"strided": 1},
         "loso.runs": ["indep-strided", "unseen-mlp"], "loso.speakers": ["F01", "M01"],
         "models.strided.dense": 4, "models.strided.width": 4, "models.mlp.width": 4}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a project with three speakers and committed scores, which the command uses."""
    made = Workspace(tmp_path)
    made.params.write_text((ROOT / "tests/params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    rewrite(made.params, SMALL)
    for seed, speaker in enumerate(("F01", "M01", "M02")):
        records = [dataclasses.replace(frames, part=PARTS[frames.order], origin="synthetic")
                   for frames in truths(5, seed, corpus="hprc", speaker=speaker)]
        for frames in records:
            frames.acoustics[:] = np.nan_to_num(frames.motion[:, :1]) * [1, -1]
        store.write(made.features / "hprc", records)
    build("hprc", NormalizeParams.load(made.params), made)
    made.loso_details.write_text(json.dumps(committed(0.5)), encoding="utf-8")
    monkeypatch.setattr(cuda, "Workspace", lambda: made)
    return made


def committed(pearson):
    speakers = {f"hprc/{name}": {"pearson": pearson, "rmse_mm": 2.0} for name in ("F01", "M01")}
    models_ = {name: {"predictors": {"model": {"speakers": speakers}}} for name in ("strided", "mlp")}
    return {"settings": {"indep": models_, "unseen": models_}}


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["cuda", *words])
    cuda.main()


def test_the_summary_compares_the_same_speakers():
    folds = [{"run": "indep-strided", "speaker": f"hprc/{name}", "pearson": pearson, "rmse_mm": 1.0, "seconds": 2.0 + place}
             for place, (name, pearson) in enumerate((("F01", 0.75), ("M01", 0.25)))]
    assert cuda.summary(folds, committed(0.625)) == {"indep-strided": {
        "folds": 2, "seconds_each": 2.5, "pearson": 0.5, "pearson_committed": 0.625, "pearson_largest_difference": 0.375,
        "rmse_mm": 1.0, "rmse_mm_committed": 2.0, "rmse_mm_largest_difference": 1.0}}
    assert cuda.summary(folds[:1], committed(0.625))["indep-strided"]["pearson"] == 0.75


def test_a_network_agrees_with_itself_and_a_changed_one_does_not(monkeypatch):
    sizes = models.get("ridge").Sizes(context=0, penalty=1.0)
    network = models.build("ridge", sizes, 2, 100.0)
    network.weight[:, 0] = 1.0
    inverter = Inverter(model="ridge", sizes=sizes, n_in=2, rate=100.0, network=network)
    acoustics = [np.ones((length, 2), np.float32) for length in (30, 50)]
    same = cuda.agreement(inverter, "cpu", acoustics)
    assert same["frames"] == 80
    assert all(same[name]["within"] and same[name]["relative_difference"] == 0 for name in cuda.TOLERANCES)
    original = cuda.predicted

    def changed(inverter, device, acoustics, *, tf32):
        values, seconds = original(inverter, device, acoustics, tf32=tf32)
        return values * (1.001 if tf32 else 1.0), seconds

    monkeypatch.setattr(cuda, "predicted", changed)
    other = cuda.agreement(inverter, "cpu", acoustics)
    assert other["tf32"]["relative_difference"] == pytest.approx(0.001, rel=1e-3)
    assert other["tf32"]["within"]
    monkeypatch.setattr(cuda, "TOLERANCES", {"tf32": 5e-4})
    assert not cuda.agreement(inverter, "cpu", acoustics)["tf32"]["within"]


def test_tf32_is_as_before_after_a_prediction():
    before = torch.backends.cudnn.allow_tf32
    sizes = models.get("mean").Sizes()
    inverter = Inverter(model="mean", sizes=sizes, n_in=2, rate=100.0, network=models.build("mean", sizes, 2, 100.0))
    with pytest.raises(RuntimeError):
        cuda.predicted(inverter, "no such device", [np.ones((9, 2), np.float32)], tf32=not before)
    cuda.predicted(inverter, "cpu", [np.ones((9, 2), np.float32)], tf32=not before)
    assert torch.backends.cudnn.allow_tf32 == before


def test_each_kind_of_network_is_trained_once_for_each_device_and_precision(workspace, monkeypatch, capsys):
    run(monkeypatch, "--device", "cpu", "--speaker", "M01")
    made = json.loads((workspace.root / "metrics/cpu.json").read_text())["folds"]
    assert (made["origin"], made["speaker"], set(made["models"])) == ("synthetic", "M01", {"strided", "mlp"})
    for model, setting in (("strided", "indep"), ("mlp", "unseen")):
        own = made["models"][model]
        assert own["run"] == f"{setting}-{model}"
        trainings = [own[name] for name in ("cpu_float32", "cpu_default", "one_thread")]
        assert len({figures["pearson"] for figures in trainings}) == 1, "the CPU computes the same three times"
        assert trainings[0]["pearson_difference"] == 0
        assert own["predictions"]["float32"]["within"]
    out = capsys.readouterr().out
    assert out.index("cpu done") < out.index("SYNTHETIC speakers")


def test_all_folds_are_compared_with_the_committed_ones_and_trained_once(workspace, monkeypatch, capsys):
    run(monkeypatch, "--device", "cpu", "--loso", "1", "--speakers", "F01")
    path = workspace.root / "metrics/cpu.json"
    first = json.loads(path.read_text())["loso"]
    assert [fold["run"] for fold in first["folds"]] == ["indep-strided", "unseen-mlp"]
    assert {fold["speaker"] for fold in first["folds"]} == {"hprc/F01"}
    run(monkeypatch, "--device", "cpu", "--loso", "1")
    second = json.loads(path.read_text())["loso"]
    assert [fold for fold in second["folds"] if fold["job"] == "F01"] == first["folds"]
    assert {name: own["folds"] for name, own in second["runs"].items()} == {"indep-strided": 2, "unseen-mlp": 2}
    assert second["runs"]["indep-strided"]["pearson_committed"] == 0.5
    assert second["minutes"] >= first["minutes"]
    assert "unseen-mlp: 2 folds" in capsys.readouterr().out


def test_folds_of_other_parameters_and_folds_asked_for_again_are_trained(workspace, monkeypatch):
    trained = []
    original = cuda.fold_of
    monkeypatch.setattr(cuda, "fold_of", lambda *words: trained.append(words[2]) or original(*words))
    words = "--device", "cpu", "--loso", "1", "--speakers", "F01"
    jobs = [("F01", "indep-strided"), ("F01", "unseen-mlp")]
    run(monkeypatch, *words)
    assert trained == jobs
    run(monkeypatch, *words)
    assert trained == jobs
    run(monkeypatch, *words, "--again")
    assert trained == 2 * jobs
    rewrite(workspace.params, {"train.lr": 0.01})
    run(monkeypatch, *words)
    assert trained == 3 * jobs
    assert len(json.loads((workspace.root / "metrics/cpu.json").read_text())["loso"]["folds"]) == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="the fault is a missing GPU")
def test_without_a_gpu_the_command_says_so(workspace, monkeypatch):
    with pytest.raises(BadParams, match=r"^benchmarks\.cuda: no CUDA device is available; run it on a machine with an NVIDIA GPU$"):
        run(monkeypatch)
    assert not list(workspace.root.glob("metrics/c*.json"))
