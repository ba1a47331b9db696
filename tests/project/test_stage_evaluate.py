"""Run stage evaluate on a split, normalized records, statistics and two models; check its files and its table."""

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from artinv.core import store
from artinv.core.workspace import Workspace
from artinv.data.splits import Split
from artinv.evaluate.results import FoldScores
from artinv.evaluate.scores import ScoreTables
from artinv.learn import models
from artinv.learn.inverter import Inverter
from artinv.show.results.tables import fold_table
from tests.support import running
from tests.support.folds_for_tests import statistics, truths

FILES = ("metrics/scores.json", "metrics/details.json", "metrics/utterances.csv",
         "plots/articulators.csv", "plots/articulators.png",
         "plots/trajectories.png", "plots/trajectories.csv")


def _project(folder):
    """Write a project with two speakers; the two acoustic features are tt_x and -tt_x, so that ridge predicts tt_x exactly."""
    for speaker, seed in (("fsew0", 1), ("msak0", 2)):
        made = truths(6, seed=seed, speaker=speaker)
        for frames in made:
            frames.acoustics[:] = np.nan_to_num(frames.motion[:, :1]) * [1, -1]
        store.write(folder / "data/normalized/mocha", made)
        statistics(made, seed).save(folder / f"data/stats/mocha/{speaker}.npz")
    train = tuple(f"mocha/msak0/msak0_{order:03d}" for order in range(6))
    test = tuple(f"mocha/fsew0/fsew0_{order:03d}" for order in range(6))
    split = Split(split="indep", test_speaker="mocha/fsew0", unseen_text=False, origin="synthetic",
                  train=train[:5], valid=train[5:], test=test)
    split.save(folder / "data/split.json")
    for line, weight in (("inverter", 1.0), ("ridge", 0.5)):
        sizes = models.get("ridge").Sizes(context=0, penalty=1.0)
        network = models.build("ridge", sizes, 2, 100.0)
        network.weight[:, 0] = weight + torch.zeros(18)
        Inverter(model="ridge", sizes=sizes, n_in=2, rate=100.0, network=network).save(folder / f"models/{line}.safetensors")
    (folder / "params.yaml").write_text(yaml.safe_dump({
        "evaluate": {"draws": 200, "seed": 0, "examples": 1}, "adapt": {"utterances": [], "prior": 300.0}}))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stage")
    _project(folder)
    return folder, running.stage(folder, "evaluate")


def test_the_stage_writes_its_files_and_prints_the_table(done):
    folder, printed = done
    assert printed.startswith("indep mocha/fsew0: 6 test utterances, 6 sentences, SYNTHETIC data, not to be compared")
    assert printed == fold_table(ScoreTables.load(Workspace(folder)), FILES) + "\n"
    assert all((folder / name).stat().st_size for name in FILES)


def test_an_exact_prediction_has_correlation_one_and_error_zero(done):
    scores = FoldScores.read(done[0] / "metrics/details.json", "dvc repro")
    of_tip = {name: {metric: rows["tt_x"] for metric, rows in own.trajectories.items()} for name, own in scores.predictors.items()}
    assert (of_tip["model"]["pearson"], of_tip["model"]["rmse_mm"], of_tip["ridge"]["pearson"]) == (1, 0, 1)
    assert of_tip["ridge"]["rmse_mm"] == pytest.approx(of_tip["trivial"]["rmse_mm"] / 2, abs=1e-5)
    run = scores.run
    assert (run.origin, run.split, run.test_speaker, run.model) == ("synthetic", "indep", "mocha/fsew0", "ridge")
    assert pd.read_csv(done[0] / "metrics/utterances.csv")["id"].tolist() == list(Split.load(done[0] / "data/split.json").test)


def test_a_second_run_writes_the_same_bytes(done):
    folder, printed = done
    before = {name: (folder / name).read_bytes() for name in FILES}
    assert running.stage(folder, "evaluate") == printed
    assert {name: (folder / name).read_bytes() for name in FILES} == before
