"""Refinement of the model's estimate by synthesis: the loop at toy size, and the summary in closed form."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from artinv.core.workspace import Workspace
from experiments import refine_by_tract
from experiments.refine_by_tract import STAGES, Case
from tests.support.figures import pages_without_source
from tests.support.speech import talk
from tests.support.toys import rng, smooth
from tools.deps import ROOT

pytestmark = pytest.mark.usefixtures("one_thread")


def model_that_predicts(motion):
    """Return a model with a fixed prediction."""
    return SimpleNamespace(facts=SimpleNamespace(rate=50.0), predictor=SimpleNamespace(predict=lambda _: motion))


def test_an_estimate_that_is_the_truth_stays_near_it():
    sound = talk(0.8, (0.1, 0.7), seed=3).sound
    truth = 0.5 * np.stack([smooth(rng("z", channel), len(sound) // 320 + 1) for channel in range(18)], axis=1)
    case = Case("F1", sound, 4 * truth.astype(np.float32) + 7, np.zeros((len(truth), 5), np.float32))
    params = refine_by_tract.FitParams.of({"steps": 2, "anchor": 3.0})
    scores = refine_by_tract.refined(case, model_that_predicts(truth.astype(np.float32)), None, params, 10.0)
    assert list(scores) == [*STAGES, "db_before", "db_after"]
    assert scores["model"] == pytest.approx(1)
    assert 1 > scores["mean"] > scores["fit"] > 0.7
    assert scores["start"] > 0.7
    assert scores["db_after"] < scores["db_before"]


def test_the_summary_weighs_speakers_equally():
    def row(gain):
        return {"model": 0.5, "start": 0.5, "fit": 0.5 + gain, "mean": 0.5 + gain / 2, "db_before": 6.0, "db_after": 3.0}

    found = refine_by_tract.summary([("a", row(0.1)), ("a", row(0.3)), ("b", row(-0.1))])
    assert found["fit"] == pytest.approx(0.55)
    assert found["gain"]["fit"] == pytest.approx({"mean": 0.05, "low": -0.1, "high": 0.2, "better": 1})
    assert (found["speakers"], found["recordings"], found["of"]["a"]["mean"]) == (2, 3, pytest.approx(0.6))


def test_the_command_adds_each_part_to_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "metrics").mkdir()
    names = list(json.loads((ROOT / "metrics/real_details.json").read_text())["real"]["of"])
    cases = [SimpleNamespace(speaker=name) for name in names]
    for kind in ("real", "synthetic"):
        monkeypatch.setattr(refine_by_tract, kind, lambda *_: iter(cases))
    monkeypatch.setattr(refine_by_tract, "head_of", lambda *_: None)
    monkeypatch.setattr(refine_by_tract, "person", lambda *_: None)
    scores = dict(zip((*STAGES, "db_before", "db_after"), (0.5, 0.45, 0.52, 0.53, 6.0, 3.0), strict=True))
    monkeypatch.setattr(refine_by_tract, "refined", lambda *_: scores)
    for part in ("choose", "confirm", "real"):
        refine_by_tract.main(part, list(refine_by_tract.SETTINGS), Workspace(tmp_path))
    content = json.loads((tmp_path / "metrics/refine_by_tract.json").read_text())
    assert list(content["choose"]) == sorted(refine_by_tract.SETTINGS)
    assert list(content["confirm"]) == ["neutral", "own"]
    assert content["real"]["neutral"]["gain"]["mean"]["mean"] == pytest.approx(0.03)
    assert capsys.readouterr().out.count("0.530") == len(refine_by_tract.SETTINGS) + 3
    assert pages_without_source(tmp_path, "refine_by_tract") == []
