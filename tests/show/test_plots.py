"""Plots: reproducible bytes, small files, correct numbers."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artinv.core.channels import CHANNELS
from artinv.evaluate import loso
from artinv.evaluate.scores import evaluate, examples
from artinv.show.colours import BLACK, BLUE, GREY, ORANGE, PALE, RED
from artinv.show.results import plots
from tests.evaluate.test_loso import _fold
from tests.support.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths

TRAJECTORIES, BARS, EXAMPLE = "trajectories.png", "articulators.png", "trajectories.csv"
FEW = [name for name in CHANNELS if name not in ("tt_x", "td_x", "ttcl")]


def _draw(folder, noise=0.5, number=6, run=RUN, **predictors):
    made = truths(number, absent=FEW)
    stats = {"mocha/fsew0": statistics(made)}
    predictions = {"model": noisy(made, noise), **{name: noisy(made, value) for name, value in predictors.items()}}
    result = evaluate(made, predictions, stats, blind(), run=run, params=PARAMS)
    shown = [(made[at], predictions["model"][at]) for at in examples(result, 2)]
    plots.trajectories(folder / TRAJECTORIES, result, shown, stats)
    plots.articulators(folder / BARS, result)
    plots.example(folder / EXAMPLE, result, *shown[0], stats["mocha/fsew0"])
    return {path: (folder / path).read_bytes() for path in (TRAJECTORIES, BARS, EXAMPLE)}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    return folder, _draw(folder, ridge=1.0)


def _colours(path):
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    return {f"#{red:02X}{green:02X}{blue:02X}" for _, (red, green, blue) in picture.getcolors(picture.width * picture.height)}


def test_equal_numbers_give_equal_bytes_with_any_matplotlib_style(drawn, tmp_path):
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "font.size": 20, "savefig.dpi": 30}):
        assert _draw(tmp_path, ridge=1.0) == drawn[1]


def test_different_numbers_give_different_bytes(drawn, tmp_path):
    other = _draw(tmp_path, noise=0.6, ridge=1.0)
    assert all(other[path] != drawn[1][path] for path in other)


def test_plots_are_small_and_show_model_and_baselines(drawn):
    folder, files = drawn
    assert all(len(content) < 200_000 for content in files.values())
    near = {path: _colours(folder / path) for path in (TRAJECTORIES, BARS)}
    assert {*map(str.upper, (RED, BLACK, PALE)), "#FFFFFF"} <= near[TRAJECTORIES]
    assert {*map(str.upper, (BLUE, ORANGE, GREY)), "#FFFFFF"} <= near[BARS]


def test_plots_show_the_origin_of_the_data(drawn, tmp_path):
    real = _draw(tmp_path, run=replace(RUN, origin="real"), ridge=1.0)
    assert real[BARS] != drawn[1][BARS]
    assert real[TRAJECTORIES] != drawn[1][TRAJECTORIES]


def test_plots_without_ridge_and_intervals(tmp_path):
    assert _draw(tmp_path, number=1)[BARS]


def test_example_is_the_restored_utterance(drawn):
    made = truths(6, absent=FEW)
    table = pd.read_csv(drawn[0] / EXAMPLE)
    assert table.columns.tolist() == [
        "time", "tt_x", "tt_x_predicted", "td_x", "td_x_predicted", "ttcl", "ttcl_predicted",
    ]
    frames = next(frames for frames in made if len(frames.motion) == len(table))
    restored = statistics(made).restore(frames).motion
    np.testing.assert_allclose(table[["tt_x", "td_x", "ttcl"]], restored[:, [0, 2, 14]], atol=6e-4)
    np.testing.assert_allclose(table["time"], np.arange(len(table)) / 100, atol=1e-9)
    assert np.corrcoef(table["tt_x"], table["tt_x_predicted"])[0, 1] > 0.8


def test_loso_heat_map_has_a_row_per_speaker_and_does_not_depend_on_the_order_of_folds(tmp_path):
    folds = [_fold(speaker, 0.5) for speaker in ("hprc/F01", "hprc/F02", "mocha/fsew0", "mocha/msak0")]
    heights = []
    for name, chosen in (("one", folds), ("two", folds[::-1]), ("few", folds[:2])):
        plots.loso(tmp_path / name, loso.with_means(loso.tidy(chosen), PARAMS), RUN.origin)
        with Image.open(tmp_path / name) as picture:
            heights.append(picture.height)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert heights[0] == heights[1] > heights[2]
    assert len((tmp_path / "one").read_bytes()) < 200_000
