"""Another processor: its kernels add in another order, and what comes of that stays within a stated tolerance."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from experiments.stability import INSTRUCTIONS
from tests.support.computed import TOLERANCES, compute
from tools import compare
from tools.deps import ROOT


@pytest.mark.usefixtures("one_thread")
def test_the_kernels_of_an_old_processor_give_the_same_within_tolerance(tmp_path):
    path = tmp_path / "old.npz"
    old = os.environ | INSTRUCTIONS["default"]
    subprocess.run([sys.executable, "-m", "tests.support.computed", path], cwd=ROOT, env=old, check=True, capture_output=True)
    here = compute()
    with np.load(path, allow_pickle=False) as file:
        there = {name: file[name] for name in file.files}
    assert there.pop("kernels") == "DEFAULT"
    here.pop("kernels")
    assert here.keys() == there.keys() == TOLERANCES.keys()
    for name, tolerance in TOLERANCES.items():
        np.testing.assert_allclose(there[name], here[name], rtol=0, atol=tolerance, err_msg=name)


SCORES = {"made_by": "numpy 1", "origin": "synthetic", "pearson": 0.8, "rmse_mm": 2.0, "rmse_z": 0.5,
          "trivial_pearson": 0.0, "utterances": 6}
SPREAD = {"pearson": {"sd_seeds": 0.001, "most_instructions": 0.0005}, "rmse_mm": {"sd_seeds": 0.001, "most_instructions": 0.02}}


@pytest.mark.parametrize(("change", "told"), [
    ({}, []), ({"made_by": "numpy 2", "pearson": 0.8055, "rmse_mm": 1.965}, []), ({"trivial_pearson": 0.0011}, ["trivial_pearson"]),
    ({"pearson": 0.7935}, ["pearson"]), ({"rmse_mm": 2.045}, ["rmse_mm"]), ({"utterances": 7}, ["utterances"]),
    ({"rmse_z": 0.5009}, []), ({"rmse_z": 0.5011}, ["rmse_z"]),
    ({"origin": "real"}, ["origin"]), ({"more": 1}, ["more"]), ({"pearson": None}, ["pearson"]),
    ({"pearson": float("nan")}, ["pearson"]),
])
def test_results_apart_from_the_committed_ones_are_reported(change, told):
    made = json.loads(json.dumps(SCORES | change))
    assert [line.partition(":")[0] for line in compare.differences(SCORES, made, SPREAD)] == told
    assert [line.partition(":")[0] for line in compare.differences(made, SCORES, SPREAD)] == told
