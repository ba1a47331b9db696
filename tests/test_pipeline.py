"""The whole pipeline, run as a user runs it, on a few synthetic speakers."""

import hashlib
import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import yaml

from artinv import store
from artinv.dataset import load
from artinv.predict import Inverter
from artinv.splits import Split
from artinv.utterance import Frames
from tests.cluster import running
from tests.conftest import Project, clone

MODELLING = ["train", "evaluate"]
CORPORA = ["mocha", "mngu0", "usc", "hprc"]


def digests(project):
    """Every output that DVC tracks, with its hash."""
    found = {}
    for lock in ("dvc.lock", "pipelines/demo/dvc.lock"):
        for stage in yaml.safe_load((project.root / lock).read_text())["stages"].values():
            found |= {out["path"]: out["md5"] for out in stage["outs"]}
    return found


def test_everything_is_made_and_named(pipeline):
    scores = json.loads((pipeline.root / "metrics/scores.json").read_text())
    assert scores["origin"] == "synthetic"
    assert scores["ridge_pearson"] > 0.3
    assert scores["trivial_pearson"] == 0
    table = pipeline.run("python", "-m", "artinv", "scores").stdout
    assert "SYNTHETIC" in table
    for name in ("metrics/scores.json", "plots/articulators.png", "plots/trajectories.png"):
        assert name in table
        assert (pipeline.root / name).stat().st_size > 100


def test_every_file_of_metrics_says_of_what_and_by_what_it_was_made(pipeline):
    files = [*(pipeline.root / "metrics").rglob("*.json")]
    assert len(files) > 10
    for path in files:
        content = json.loads(path.read_text())
        facts = content | content.get("run", {})
        assert facts.get("origin", facts.get("trained_on")) == "synthetic", path
        told = facts.get("made_by") or " ".join(facts)
        assert all(name in told for name in ("artinv", "python", "numpy", "torch")), path
        judged = path.parent.name not in ("ingest", "clean", "normalize", "rejected") and path.stem != "bench"
        assert not judged or "seed" in told, path


def test_nothing_needs_the_network(pipeline, tmp_path):
    """DVC, stages and commands have not so much as asked for an address; whoever asks is told that there is no net, and noted."""
    sound = next((pipeline.root / "data/demo/mocha").rglob("*.wav"))
    pipeline.run("python", "-m", "artinv", "invert", str(sound), "-o", str(tmp_path))
    assert not pipeline.network.exists()
    call = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    done = pipeline.run("python", "-c", call, check=False, NETWORK_LOG=f"{pipeline.network}.tried")
    assert "Network is unreachable" in done.stderr
    assert "192.0.2.1" in pipeline.network.with_name(f"{pipeline.network.name}.tried").read_text()


def test_what_could_give_recordings_away_is_not_pushed(pipeline, tmp_path):
    """Corpora of synthetic speakers and what is learned go to a remote; recordings and what is made of each of them stay."""
    pipeline.run("dvc", "remote", "add", "--local", "--default", "box", str(tmp_path))
    pipeline.run("dvc", "push", "dvc.yaml", "pipelines/demo/dvc.yaml")
    pipeline.run("dvc", "remote", "remove", "--local", "box")
    pushed = {path.parent.name + path.name for path in tmp_path.rglob("*") if path.is_file()}

    def share(*names):
        found = (path for name in names for path in (pipeline.root / name).rglob("*"))
        files = [path for path in found if path.is_file() and path.name != ".gitignore"]
        assert files
        return sum(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() in pushed for path in files) / len(files)

    assert share("data/demo") == 1
    assert share("models") > 0
    assert share("data/ingested", "data/cleaned", "data/features", "data/normalized", "data/stats") == 0
    for name in ("plots/trajectories.csv", "plots/trajectories.png"):
        assert hashlib.md5((pipeline.root / name).read_bytes(), usedforsecurity=False).hexdigest() not in pushed


def test_a_second_run_does_nothing(pipeline):
    assert pipeline.repro() == []


def test_only_what_a_choice_reaches_runs_again(pipeline):
    before = pipeline.root / "metrics/scores.json"
    spec = json.loads(before.read_text())
    pipeline.set({"train.alpha": 0.3})
    assert pipeline.repro() == MODELLING
    pipeline.set({"train.alpha": 0.5, "split": "indep", "test_speaker": "M01"})
    assert pipeline.repro() == ["split", *MODELLING]
    assert json.loads(before.read_text()) != spec
    pipeline.set({"split": "spec", "test_speaker": "F01"})
    pipeline.repro()
    assert json.loads(before.read_text()) == spec, "the run cache brings the earlier result back"


def test_a_corpus_off_the_list_is_out_of_training(pipeline):
    pipeline.set({"split": "indep", "corpora": ["mocha", "mngu0", "hprc"]})
    try:
        pipeline.repro()
        made = Split.load(pipeline.root / "data/split.json")
        assert {id_.partition("/")[0] for id_ in made.train} == {"mocha", "mngu0", "hprc"}
        assert store.speakers(pipeline.root / "data/normalized/usc"), "its folder is still there"
    finally:
        pipeline.set({"split": "spec", "corpora": CORPORA})
        pipeline.repro()


def test_no_cell_of_the_metrics_table_is_lost(pipeline):
    shown = pipeline.run("dvc", "metrics", "show", "metrics/scores.json").stdout
    names, values = shown.splitlines()
    scores = json.loads((pipeline.root / "metrics/scores.json").read_text())
    assert names.split() == ["Path", *scores]
    assert all(str(value) in values for value in scores.values() if isinstance(value, str))
    assert len(values.split("  ")) > len(scores)
    assert "…" not in shown


def test_the_table_of_stages_is_drawn(pipeline):
    graph = pipeline.run("dvc", "dag", "--dot").stdout
    for stage in ("ingest@mocha", "clean@usc", "features@hprc", "normalize@mngu0", "split", *MODELLING):
        assert stage in graph


def test_nothing_of_a_test_utterance_enters_its_prediction(pipeline, tmp_path):
    """Every test utterance's articulation is turned into nonsense: statistics, training and predictions stay the same bytes."""
    root = pipeline.root
    split = Split.load(root / "data/split.json")
    sound = [frames.acoustics for frames in load(split.test, root / "data/normalized")]
    predicted = Inverter.load(root / "models/inverter.safetensors").predict_many(sound)
    kept = {name: (root / name).read_bytes() for name in ("models/inverter.safetensors", "models/ridge.safetensors")}
    stats = (root / "data/stats/hprc/F01.npz").read_bytes()

    path = root / "data/features/hprc/F01.npz"
    before = path.read_bytes()
    tested = {id_.rpartition("/")[2] for id_ in split.test}
    records = [spoiled(record) if record.name in tested else record for record in store.Reader(path, Frames)]
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
            [frames.acoustics for frames in load(split.test, root / "data/normalized")],
        )
        for one, other in zip(predicted, after, strict=True):
            np.testing.assert_array_equal(one, other)
    finally:
        path.write_bytes(before)
        pipeline.run("dvc", "checkout", "--force", "data/normalized/hprc")


def spoiled(record):
    return replace(record, motion=(-7 * record.motion + 30).astype(np.float32))


def test_an_empty_cache_gives_the_same_bytes(pipeline, tmp_path):
    """Another folder, number of workers, language, time zone, order of sets and files, umask; one corpus alone; training: above."""
    again = clone(tmp_path / "über all")
    again.set({"corpora": ["usc"], "test_speaker": "F1"})
    elsewhere = {"LC_ALL": "C", "LANG": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "77", "BACKWARDS": "1"}
    again.run("sh", "-c", "umask 077 && exec dvc repro normalize", workers=1, **elsewhere)
    made, before = digests(again), digests(pipeline)
    assert {"data/demo/usc", "data/ingested/usc", "data/normalized/usc", "data/stats/usc", "metrics/clean/usc.json"} <= set(made)
    assert made == {path: before[path] for path in made}


def test_leave_one_speaker_out_whole_resumes_and_rests(pipeline):
    """The first fold is there already, as after a run that was killed; the second run of all finds nothing to do."""
    pipeline.run("dvc", "repro", "pipelines/loso/dvc.yaml:fold@indep-strided-F01")
    first = pipeline.root / "data/loso/models/indep-strided/F01/inverter.safetensors"
    made = first.stat().st_mtime_ns
    pipeline.run("python", "-m", "pipelines.loso.run")
    assert first.stat().st_mtime_ns == made
    summary = json.loads((pipeline.root / "metrics/loso.json").read_text())
    assert summary["origin"] == "synthetic"
    assert set(summary["indep"]) == {"strided", "ridge", "trivial"}
    details = json.loads((pipeline.root / "metrics/loso_details.json").read_text())
    assert set(details["indep"]["strided"]["adapted"]) == {"0", "1", "5", "20"}
    assert set(summary["unseen"]) == {"strided", "ridge", "trivial"}
    tested = [json.loads((pipeline.root / f"data/loso/scores/{run}-strided/F01.json").read_text()) for run in ("indep", "unseen")]
    assert tested[0]["test_part"]["utterances"] == tested[1]["counts"]["utterances"] < tested[0]["counts"]["utterances"]
    assert tested[1]["test_part"]["pearson"] == tested[1]["pearson"]["mean"]
    pipeline.set({"adapt.prior": 50.0})
    pipeline.run("python", "-m", "pipelines.loso.run")
    assert first.stat().st_mtime_ns == made  # another way of judging trains nothing
    assert json.loads((pipeline.root / "metrics/loso_details.json").read_text()) != details
    table = (pipeline.root / "metrics/loso.csv").read_bytes()
    lock = (pipeline.root / "pipelines/loso/dvc.lock").read_bytes()
    out = pipeline.run("python", "-m", "pipelines.loso.run").stdout
    assert "Running stage" not in out
    assert (pipeline.root / "metrics/loso.csv").read_bytes() == table
    assert (pipeline.root / "pipelines/loso/dvc.lock").read_bytes() == lock


def test_leave_one_speaker_out_on_a_cluster_of_which_a_worker_dies(pipeline, tmp_path):
    """The same bytes as on this machine alone, though nothing is taken from any cache."""
    again = Project(tmp_path / "project")
    shutil.copytree(pipeline.root, again.root, symlinks=True)
    for made in (again.root / "data/loso", again.root / ".dvc/cache/runs"):
        shutil.rmtree(made)
    (again.root / "pipelines/loso/dvc.lock").unlink()
    for made in ("metrics/loso.csv", "metrics/loso.json", "metrics/loso_details.json"):
        (again.root / made).unlink()
    with running(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        run = pool.submit(again.run, "python", "-m", "pipelines.loso.run", DASK_SCHEDULER_ADDRESS=cluster.address)
        while not run.done() and not list((again.root / "data/loso/scores").rglob("*.json")):
            time.sleep(0.05)
        cluster.workers[0].kill()
        run.result()
    for made in ("metrics/loso.csv", "metrics/loso.json", "metrics/loso_details.json"):
        assert (again.root / made).read_bytes() == (pipeline.root / made).read_bytes()


@pytest.mark.parametrize(("change", "stage", "message"), [
    ({"test_speaker": "nobody"}, "split", "unknown speaker 'nobody'"),
    ({"train.lr": "fast"}, "train", "bad value 'fast' for 'train.lr'"),
])
def test_a_bad_choice_is_one_line_and_loses_nothing(pipeline, change, stage, message):
    before = {"test_speaker": "F01", "train.lr": 0.003}
    pipeline.set(change)
    try:
        done = pipeline.run("dvc", "repro", "--single-item", stage, check=False)
    finally:
        pipeline.set({key: before[key] for key in change})
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    pipeline.run("dvc", "checkout", "--force", "data/split.json", "models/inverter.safetensors")


@pytest.mark.parametrize(("stage", "kilobytes"), [
    ("ingest usc", 64), ("clean usc", 64), ("normalize usc", 64), ("train", 8),
])
def test_a_full_disk_is_one_line_and_loses_nothing(pipeline, stage, kilobytes):
    """A limit on the size of a file stands for the disk: the same fault, in the middle of a file."""
    def everything():
        files = (path for name in ("data", "metrics", "models", "plots") for path in (pipeline.root / name).rglob("*"))
        return {path: path.read_bytes() for path in files if path.is_file()}

    before = everything()
    done = pipeline.run("bash", "-c", f"ulimit -f {kilobytes}; exec python -m stages.{stage}", check=False)
    assert done.returncode == 2
    fault = r"artinv: (data|models)/\S+\.\w+: File too large; check the place, its permissions and the disk"
    assert re.fullmatch(fault, done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert everything() == before
