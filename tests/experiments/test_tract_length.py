"""The factor of the tract length: found again where it is known, and the summary in closed form."""

import json
import shutil

import numpy as np
import pytest

from artinv.core.workspace import Workspace
from artinv.inversion.model import load
from artinv.signal.streaming import recording_features, statistics
from artinv.signal.warp import Warp
from experiments import new_speakers, tract_length
from tests.support.figures import pages_without_source
from tests.support.speech import talk
from tools.deps import ROOT


def test_the_middle_factor_changes_nothing_and_others_move_resonances():
    model = load()
    features = recording_features([talk().sound], model.facts.rate, model.features)
    _, std = statistics(features.sums())
    maps = Warp.of(model.features, std, tract_length.SPREAD).maps.numpy()[::tract_length.KEEP]
    assert len(maps) == 9
    scale = np.abs(features.acoustics).max()
    error = [np.abs(tract_length.warped(features, matrix, std).acoustics - features.acoustics).max() / scale for matrix in maps]
    assert error[4] == pytest.approx(0, abs=1e-4)
    assert error[0] > error[2] > error[4] < error[6] < error[8]
    there, back = (tract_length.warped(features, maps[at], std) for at in (3, 5))
    again = tract_length.warped(there, maps[5], std)
    assert np.abs(again.acoustics - features.acoustics).mean() < 0.5 * np.abs(back.acoustics - features.acoustics).mean()


def test_the_summary_takes_the_factor_that_moves_most():
    squares = np.array([[0.1, 0.2, 0.3], [0.5, 0.2, 0.3]])
    scores = np.array([[0.6, 0.5, 0.7], [0.4, 0.6, 0.8]])
    found = tract_length.summary(squares, scores)
    assert found["usual"] == pytest.approx(0.55)
    assert found["chosen"] == pytest.approx({"pearson": 0.55, "gain": 0, "low": -0.2, "high": 0.2, "better": 1})
    assert (found["best"]["pearson"], found["best"]["better"]) == (pytest.approx(0.75), 2)


def test_the_command_writes_the_figures_of_the_pages(tmp_path, monkeypatch):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "metrics").mkdir()
    monkeypatch.setattr(new_speakers, "read", lambda _: iter([("F1", []), ("M2", [])]))
    monkeypatch.setattr(new_speakers, "session", lambda *_: None)
    monkeypatch.setattr(tract_length, "of_speaker", lambda *_: (np.arange(9) / 9, np.arange(9) / 10))
    tract_length.main(Workspace(tmp_path))
    content = json.loads((tmp_path / "metrics/tract_length.json").read_text())
    assert content["chosen"]["gain"] == pytest.approx(0.4)
    assert (content["speakers"], content["factors"], content["origin"]) == (2, 9, "synthetic")
    assert pages_without_source(tmp_path, "tract_length") == []
