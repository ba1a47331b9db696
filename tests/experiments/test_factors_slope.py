"""The comparison of ways to hold the slope: its parameters, its bound and its summary."""

import numpy as np
import pytest

from artinv.factors.disentanglement import MetricParams
from artinv.factors.spectra import Images, SetParams
from artinv.factors.training import FitParams
from experiments import factors_slope
from experiments.factors_slope import WAYS
from tests.support.neighbours import file_of_tests


@pytest.mark.parametrize("way", WAYS)
def test_each_way_changes_known_parameters(way):
    for kind in (SetParams, FitParams, MetricParams):
        own = kind.load(file_of_tests("factors"))
        changes = factors_slope.changed(way, kind.section)
        assert kind.of(own.model_dump() | changes) == own.model_copy(update=changes)
    assert {name.partition(".")[0] for name in WAYS[way]} <= {"data", "train", "metrics", "model", "network"}


def test_the_bound_is_high_for_a_factor_that_a_pixel_shows_and_0_for_a_hidden_one():
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 5, (600, 2)).astype(np.uint8)
    pixels = np.concatenate([levels[:, :1] * 50, rng.integers(0, 255, (600, 3))], 1).astype(np.uint8)[:, None]
    images = Images(pixels, levels, np.array([5, 5]), np.array(["shown", "hidden"]), np.ones(2, bool), np.zeros(600, np.uint8))
    params = MetricParams.load(file_of_tests("factors")).model_copy(update={"train": 400, "test": 200, "trees": 20})
    found = factors_slope.bound(images, params, 0)["informativeness_of"]
    assert found["shown"] > 0.98
    assert found["hidden"] < 0.05


def test_the_variance_of_a_pixel_is_that_of_the_factor_that_moves_it():
    levels = np.stack(np.meshgrid(range(3), range(2), indexing="ij"), -1).reshape(-1, 2)
    pixels = np.stack([levels[:, 0] * 51, np.zeros(6)], 1).astype(np.uint8)[:, None]
    images = Images(pixels, levels.astype(np.uint8), np.array([3, 2]), np.array(["moves", "rests"]), np.ones(2, bool),
                    np.zeros(6, np.uint8))
    found = factors_slope.variances(images)
    assert found["moves"] == pytest.approx({"mean": np.var([0, 0.2, 0.4]) / 2, "median": np.var([0, 0.2, 0.4]) / 2})
    assert found["rests"] == {"mean": 0, "median": 0}


def test_runs_of_other_parameters_are_not_compared(tmp_path):
    path = tmp_path / "slope.json"
    assert factors_slope.resumed(path, {"a": 1}) == {}
    path.write_text('{"facts": {"a": 1}, "runs": [1]}')
    assert factors_slope.resumed(path, {"a": 1})["runs"] == [1]
    assert factors_slope.resumed(path, {"a": 2}) == {}


def test_a_way_reaches_the_goal_only_if_all_its_seeds_do():
    def row(way, seed, informativeness, mse):
        parts = dict.fromkeys(("f0", "slope", "inharmonicity", "decay"), informativeness)
        return {"way": way, "seed": seed, "sounds": 9, "informativeness": informativeness, "mse": mse, "informativeness_of": parts}

    rows = [row("default", 0, 0.76, 0.001), row("default", 1, 0.74, 0.002), row("conv", 0, 0.75, 0.002), row("conv", 1, 0.8, 0.001)]
    table = factors_slope.summary(rows)
    assert table["default, 9 sounds"]["slope"] == pytest.approx({"median": 0.75, "low": 0.74, "high": 0.76})
    lines = factors_slope.text_of(table).splitlines()
    assert [line.endswith("not reached") for line in lines[2:]] == [True, False]
    assert "0.750 [0.740, 0.760]" in lines[2]
