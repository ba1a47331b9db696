"""The comparison of live models with different look-ahead, on small sessions."""

import json

import numpy as np
import pytest

from artinv.live.training import fit, population
from artinv.live.workspace import LiveWorkspace
from experiments import live_look_ahead
from experiments.live_look_ahead import Sizes
from tests.support.live import FRONT, TRAINING, session, sessions
from tests.support.neighbours import file_of_tests

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sessions(tmp_path_factory.mktemp("frames"), 2)


def test_a_setting_sets_the_look_ahead(folder):
    row = live_look_ahead.measure(folder, FRONT, TRAINING.model_copy(update={"epochs": 1}), Sizes(1, 0))
    assert row["look_ahead"] == pytest.approx(1 / 50 + 0.0125)
    assert list(row["speakers"]) == ["F03"]
    assert row["latency"] == pytest.approx(row["look_ahead"] + 1 / 50)


def test_a_perfect_model_correlates_perfectly(folder, monkeypatch):
    model, _ = fit(population(folder, FRONT, TRAINING), FRONT, TRAINING.model_copy(update={"epochs": 1}))
    monkeypatch.setattr(live_look_ahead, "live_motion", lambda _, own: 2 * np.nan_to_num(own.motion))
    assert live_look_ahead.pearson(model, [session("F03", 0)]) == pytest.approx(1, abs=1e-3)


def test_the_metrics_file_holds_each_setting(tmp_path, monkeypatch, capsys):
    row = {"look_ahead": 0.1525, "latency": 0.1725, "valid_loss": 0.4, "pearson": 0.7, "speakers": {"F03": 0.7}}
    monkeypatch.setattr(live_look_ahead, "imap", lambda _, settings: [sizes._asdict() | row for sizes in settings])
    params = tmp_path / "pipelines/live/params.yaml"
    params.parent.mkdir(parents=True)
    params.write_bytes(file_of_tests("live").read_bytes())
    live_look_ahead.main([Sizes(5, 2), Sizes(0, 0)], 3, LiveWorkspace(tmp_path))
    content = json.loads((tmp_path / "metrics/live/look_ahead.json").read_text(encoding="utf-8"))
    assert (content["origin"], content["epochs"], sorted(content["models"])) == ("synthetic", 3, ["0_0", "5_2"])
    assert "0.700" in capsys.readouterr().out
