"""Run the pipeline again: with changed test data, elsewhere, without a cache, and leave one speaker out, also on a cluster."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import yaml

from artinv.core import store
from artinv.core.records import Frames
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.learn.inverter import Inverter
from tests.conftest import Project, clone
from tests.support.cluster import running

TABLES = "metrics/loso.csv", "metrics/loso.json", "metrics/loso_details.json"


def digests(project):
    """Return the hash of each output that DVC tracks."""
    hashes = {}
    for lock in ("dvc.lock", "pipelines/demo/dvc.lock"):
        for stage in yaml.safe_load((project.root / lock).read_text())["stages"].values():
            hashes |= {out["path"]: out["md5"] for out in stage["outs"]}
    return hashes


def test_articulation_of_test_utterances_does_not_influence_their_predictions(pipeline, tmp_path):
    """With wrong articulation in all test utterances, statistics, models and predictions keep the same bytes."""
    root = pipeline.root
    split = Split.load(root / "data/split.json")
    sound = [frames.acoustics for frames in Dataset(Workspace(root)).load(split.test)]
    predicted = Inverter.load(root / "models/inverter.safetensors").predict_many(sound)
    kept = {name: (root / name).read_bytes() for name in ("models/inverter.safetensors", "models/ridge.safetensors")}
    stats = (root / "data/stats/hprc/F01.npz").read_bytes()

    path = root / "data/features/hprc/F01.npz"
    before = path.read_bytes()
    tested = {id_.rpartition("/")[2] for id_ in split.test}
    records = [changed(record) if record.name in tested else record for record in store.Reader(path, Frames)]
    path.unlink()
    store.write(path.parent, records)
    try:
        pipeline.run("python", "-m", "stages.normalize", "hprc")
        for name in kept:
            (root / name).unlink()
        pipeline.run("python", "-m", "stages.train")
        assert (root / "data/stats/hprc/F01.npz").read_bytes() == stats
        assert {name: (root / name).read_bytes() for name in kept} == kept
        after = Inverter.load(root / "models/inverter.safetensors").predict_many(
            [frames.acoustics for frames in Dataset(Workspace(root)).load(split.test)],
        )
        for motion, motion_after in zip(predicted, after, strict=True):
            np.testing.assert_array_equal(motion, motion_after)
    finally:
        path.write_bytes(before)
        pipeline.run("dvc", "checkout", "--force", "data/normalized/hprc")


def results(project):
    """Return the content of all results of leave one speaker out."""
    files = [*(project.root / "data/loso").rglob("*"), *(project.root / name for name in TABLES)]
    return {str(path.relative_to(project.root)): path.read_bytes() for path in files if path.is_file()}


def changed(record):
    return replace(record, motion=(-7 * record.motion + 30).astype(np.float32))


def test_an_empty_cache_gives_the_same_bytes(pipeline, tmp_path):
    """Vary folder, workers, locale, time zone, file order and umask: for one corpus up to normalization, then for training."""
    again = clone(tmp_path / "über all")
    again.set({"corpora": ["usc"], "test_speaker": "F1"})
    elsewhere = {"LC_ALL": "C", "LANG": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "77", "BACKWARDS": "1"}
    again.run("sh", "-c", "umask 077 && exec dvc repro normalize", **elsewhere)
    hashes, before = digests(again), digests(pipeline)
    assert {"data/demo/usc", "data/ingested/usc", "data/normalized/usc", "data/stats/usc", "metrics/clean/usc.json"} <= set(hashes)
    assert hashes == {path: before[path] for path in hashes}
    assert not again.network.exists(), again.network.read_text()
    trained = Project(Path(shutil.copytree(pipeline.root, tmp_path / "gelernt", symlinks=True)))
    shutil.rmtree(trained.root / ".dvc/cache/runs")
    for name in ("models", "plots"):
        shutil.rmtree(trained.root / name)
    trained.run("sh", "-c", "umask 077 && exec dvc repro --force --single-item split train evaluate", **elsewhere)
    assert digests(trained) == before
    assert list((trained.root / "models").rglob("*.safetensors"))


@pytest.fixture(scope="module")
def first(pipeline):
    """Run all folds; the model of the first one already exists, as after a killed run, and is not trained again."""
    pipeline.run("dvc", "repro", "pipelines/loso/dvc.yaml:fold@indep-strided-F01", prepared=True)
    path = pipeline.root / "data/loso/models/indep-strided/F01/inverter.safetensors"
    written = path.stat().st_mtime_ns
    pipeline.run("python", "-m", "artinv.runtime.parallel_folds", prepared=True)
    assert path.stat().st_mtime_ns == written
    return path


def test_complete_leave_one_speaker_out_does_not_run_again_and_rescores_without_training(pipeline, first, tmp_path):
    """A second run does nothing; a changed parameter of scoring reruns only the scoring."""
    first = tmp_path / "project" / first.relative_to(pipeline.root)
    pipeline = Project(Path(shutil.copytree(pipeline.root, tmp_path / "project", symlinks=True)))
    written = first.stat().st_mtime_ns
    summary = json.loads((pipeline.root / "metrics/loso.json").read_text())
    assert summary["origin"] == "synthetic"
    assert set(summary["indep"]) == {"strided", "ridge", "trivial"}
    details = json.loads((pipeline.root / "metrics/loso_details.json").read_text())
    assert set(details["settings"]["indep"]["strided"]["adapted"]) == {"0", "1", "5", "20"}
    assert set(summary["unseen"]) == {"strided", "ridge", "trivial"}
    tested = [json.loads((pipeline.root / f"data/loso/scores/{run}-strided/F01.json").read_text()) for run in ("indep", "unseen")]
    assert tested[0]["common"]["tested"]["utterances"] == tested[1]["counts"]["utterances"] < tested[0]["counts"]["utterances"]
    unseen = tested[1]
    assert (unseen["common"]["predictors"]["model"]["pearson"]["mean"]
            == unseen["predictors"]["model"]["means"]["pearson"]["mean"])
    intervals = details["settings"]["indep"]["strided"]["intervals"]["learned"]["speakers"]
    assert {name: speaker["calibrated_on"] for name, speaker in intervals.items()} == {"hprc/F01": 1, "mocha/fsew0": 1}
    group = Split.load(pipeline.root / "data/loso/strangers/models/strided/F01__fsew0/split.json")
    assert not {"F01", "fsew0"} & {id_.speaker.name for id_ in (*group.train, *group.valid)}
    table, lock = pipeline.root / "metrics/loso.csv", pipeline.root / "pipelines/loso/dvc.lock"
    before = table.read_bytes(), lock.read_bytes()
    assert "Running stage" not in pipeline.run("python", "-m", "artinv.runtime.parallel_folds", prepared=True).stdout
    assert (table.read_bytes(), lock.read_bytes()) == before
    pipeline.set({"adapt.prior": 50.0})
    out = pipeline.run("dvc", "repro", "pipelines/loso/dvc.yaml:score@indep-strided-F01", prepared=True).stdout
    ran = [line.split("'")[1].rpartition(":")[2] for line in out.splitlines() if line.startswith("Running stage")]
    assert ran == ["choices", "score@indep-strided-F01"]  # a changed parameter of scoring trains nothing
    assert first.stat().st_mtime_ns == written
    rescored = json.loads((pipeline.root / "data/loso/scores/indep-strided/F01.json").read_text())
    assert rescored["adapted"] != tested[0]["adapted"]
    assert rescored["predictors"] == tested[0]["predictors"]
    pipeline.run("dvc", "repro", "--single-item", "pipelines/loso/dvc.yaml:summary", prepared=True)
    assert json.loads((pipeline.root / "metrics/loso_details.json").read_text()) != details


@pytest.mark.usefixtures("first")
def test_leave_one_speaker_out_on_a_cluster_survives_a_killed_worker(pipeline, tmp_path):
    """The results have the same bytes as on one machine; two folds are trained without any cache."""
    again = Project(tmp_path / "project")
    shutil.copytree(pipeline.root, again.root, symlinks=True)
    for folder in ("data/loso/models/indep-strided", "data/loso/scores/indep-strided", ".dvc/cache/runs"):
        shutil.rmtree(again.root / folder)
    lock = again.root / "pipelines/loso/dvc.lock"
    known = yaml.safe_load(lock.read_text())
    known["stages"] = {name: stage for name, stage in known["stages"].items() if "@indep" not in name}
    lock.write_text(yaml.safe_dump(known))
    for table in TABLES:
        (again.root / table).unlink()
    with running(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        run = pool.submit(again.run, "python", "-m", "artinv.runtime.parallel_folds", DASK_SCHEDULER_ADDRESS=cluster.address)
        while not run.done() and not list((again.root / "data/loso/models/indep-strided").rglob("*.safetensors")):
            time.sleep(0.05)
        busy = [worker for worker in cluster.workers if psutil.Process(worker.pid).children()]
        if not busy:
            run.result()
        busy[0].kill()
        run.result()
    assert results(again) == results(pipeline)
