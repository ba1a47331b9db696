"""Results on another processor, whose kernels sum in another order, stay within stated tolerances."""

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
def test_kernels_of_an_old_processor_agree_within_the_tolerances(tmp_path):
    path = tmp_path / "old.npz"
    environment = os.environ | INSTRUCTIONS["default"]
    command = [sys.executable, "-m", "tests.support.computed", path]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    expected = compute()
    with np.load(path, allow_pickle=False) as file:
        actual = {name: file[name] for name in file.files}
    assert actual.pop("kernels") == "DEFAULT"
    expected.pop("kernels")
    assert expected.keys() == actual.keys() == TOLERANCES.keys()
    for name, tolerance in TOLERANCES.items():
        np.testing.assert_allclose(actual[name], expected[name], rtol=0, atol=tolerance, err_msg=name)


SCORES = {"made_by": "numpy 1", "origin": "synthetic", "pearson": 0.8, "rmse_mm": 2.0, "rmse_z": 0.5,
          "trivial_pearson": 0.0, "utterances": 6}
SPREAD = {"pearson": {"sd_seeds": 0.001, "most_instructions": 0.0005}, "rmse_mm": {"sd_seeds": 0.001, "most_instructions": 0.02}}


@pytest.mark.parametrize(("change", "reported"), [
    ({}, []), ({"made_by": "numpy 2", "pearson": 0.8055, "rmse_mm": 1.965}, []), ({"trivial_pearson": 0.0011}, ["trivial_pearson"]),
    ({"pearson": 0.7935}, ["pearson"]), ({"rmse_mm": 2.045}, ["rmse_mm"]), ({"utterances": 7}, ["utterances"]),
    ({"rmse_z": 0.5009}, []), ({"rmse_z": 0.5011}, ["rmse_z"]),
    ({"origin": "real"}, ["origin"]), ({"more": 1}, ["more"]), ({"pearson": None}, ["pearson"]),
    ({"pearson": float("nan")}, ["pearson"]),
])
def test_differences_from_the_committed_results_are_reported(change, reported):
    made = json.loads(json.dumps(SCORES | change))
    assert [line.partition(":")[0] for line in compare.differences(SCORES, made, SPREAD)] == reported
    assert [line.partition(":")[0] for line in compare.differences(made, SCORES, SPREAD)] == reported
