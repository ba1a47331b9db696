"""Another processor: its kernels add in another order, and what comes of that stays within a stated tolerance."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests import committed
from tests.computed import TOLERANCES, compute
from tests.house import ROOT

OLD = {
    "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
}
"""What torch, numpy and their libraries take for a processor of 2008; what a machine does not know of it, it ignores."""


@pytest.mark.usefixtures("one_thread")
def test_the_kernels_of_an_old_processor_give_the_same_within_tolerance(tmp_path):
    path = tmp_path / "old.npz"
    subprocess.run([sys.executable, "-m", "tests.computed", path], cwd=ROOT, env=os.environ | OLD, check=True, capture_output=True)
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


@pytest.mark.parametrize(("change", "told"), [
    ({}, []), ({"made_by": "numpy 2", "pearson": 0.809, "rmse_mm": 1.97}, []), ({"trivial_pearson": 0.011}, ["trivial_pearson"]),
    ({"pearson": 0.789}, ["pearson"]), ({"rmse_mm": 2.05}, ["rmse_mm"]), ({"utterances": 7}, ["utterances"]),
    ({"rmse_z": 0.509}, []), ({"rmse_z": 0.511}, ["rmse_z"]),
    ({"origin": "real"}, ["origin"]), ({"more": 1}, ["more"]), ({"pearson": None}, ["pearson"]),
    ({"pearson": float("nan")}, ["pearson"]),
])
def test_results_apart_from_the_committed_ones_are_told(change, told):
    assert [line.partition(":")[0] for line in committed.differences(SCORES, json.loads(json.dumps(SCORES | change)))] == told
    assert [line.partition(":")[0] for line in committed.differences(SCORES | change, SCORES)] == told
