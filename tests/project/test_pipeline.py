"""Run the complete pipeline as a user does, on a few synthetic speakers."""

import hashlib
import json
import re

import pytest

from artinv.core import store
from artinv.data.splits import Split
from tests.support.permissions import BOUND, counting

CHECK = ["choices"]
MODELLING = ["train", "evaluate"]
CORPORA = ["mocha", "mngu0", "usc", "hprc"]


def test_all_results_are_written_and_listed(pipeline):
    scores = json.loads((pipeline.root / "metrics/scores.json").read_text())
    assert scores["origin"] == "synthetic"
    assert scores["ridge_pearson"] > 0.3
    assert scores["trivial_pearson"] == 0
    table = pipeline.run("python", "-m", "artinv", "scores").stdout
    assert "SYNTHETIC" in table
    for name in ("metrics/scores.json", "plots/articulators.png", "plots/trajectories.png"):
        assert name in table
        assert (pipeline.root / name).stat().st_size > 100


def test_each_metrics_file_names_its_data_and_software(pipeline):
    files = [*(pipeline.root / "metrics").rglob("*.json")]
    assert len(files) > 10
    for path in files:
        content = json.loads(path.read_text())
        facts = content | content.get("run", {})
        assert facts.get("origin", facts.get("trained_on")) == "synthetic", path
        made_by = facts.get("made_by") or " ".join(facts)
        assert all(name in made_by for name in ("artinv", "python", "numpy", "torch")), path
        scored = path.parent.name not in ("ingest", "clean", "frame", "normalize", "rejected") and path.stem != "bench"
        assert not scored or "seed" in made_by, path


def test_nothing_needs_the_network(pipeline, tmp_path):
    """DVC, stages and commands never resolve or connect to an address; attempts fail and are logged."""
    sound = next((pipeline.root / "data/demo/mocha").rglob("*.wav"))
    pipeline.run("python", "-m", "artinv", "invert", str(sound), "-o", str(tmp_path))
    assert not pipeline.network.exists()
    call = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    done = pipeline.run("python", "-c", call, check=False, NETWORK_LOG=f"{pipeline.network}.tried")
    assert "Network is unreachable" in done.stderr
    assert "192.0.2.1" in pipeline.network.with_name(f"{pipeline.network.name}.tried").read_text()


def test_recordings_and_data_derived_from_them_are_not_pushed(pipeline, tmp_path):
    """Synthetic corpora and models go to a remote; recordings and data of single utterances do not."""
    pipeline.run("dvc", "remote", "add", "--local", "--default", "box", str(tmp_path))
    pipeline.run("dvc", "push", "dvc.yaml", "pipelines/demo/dvc.yaml")
    pipeline.run("dvc", "remote", "remove", "--local", "box")
    pushed = {path.parent.name + path.name for path in tmp_path.rglob("*") if path.is_file()}

    def share(*names):
        paths = (path for name in names for path in (pipeline.root / name).rglob("*"))
        files = [path for path in paths if path.is_file() and path.name != ".gitignore"]
        assert files
        return sum(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() in pushed for path in files) / len(files)

    assert share("data/demo") == 1
    assert share("models") > 0
    assert share("data/ingested", "data/cleaned", "data/features", "data/normalized", "data/stats") == 0
    for name in ("plots/trajectories.csv", "plots/trajectories.png"):
        assert hashlib.md5((pipeline.root / name).read_bytes(), usedforsecurity=False).hexdigest() not in pushed


def test_a_second_run_does_nothing(pipeline):
    assert pipeline.repro() == []


def test_a_changed_parameter_reruns_only_its_stages_and_an_unlisted_corpus_is_not_trained_on(pipeline):
    before = pipeline.root / "metrics/scores.json"
    spec = json.loads(before.read_text())
    try:
        pipeline.set({"train.alpha": 0.3})
        assert pipeline.repro() == [*CHECK, *MODELLING]
        pipeline.set({"train.alpha": 0.5, "split": "indep", "test_speaker": "M01", "corpora": ["mocha", "mngu0", "hprc"]})
        assert pipeline.repro() == [*CHECK, "split", *MODELLING]
        assert json.loads(before.read_text()) != spec
        split = Split.load(pipeline.root / "data/split.json")
        assert {id_.partition("/")[0] for id_ in split.train} == {"mocha", "mngu0", "hprc"}
        assert store.speakers(pipeline.root / "data/normalized/usc"), "its folder still exists"
    finally:
        pipeline.set({"train.alpha": 0.5, "split": "spec", "test_speaker": "F01", "corpora": CORPORA})
        pipeline.repro()
    assert json.loads(before.read_text()) == spec, "the run cache restores the earlier result"


def test_the_metrics_table_is_complete(pipeline):
    shown = pipeline.run("dvc", "metrics", "show", "metrics/scores.json").stdout
    names, values = shown.splitlines()
    scores = json.loads((pipeline.root / "metrics/scores.json").read_text())
    assert names.split() == ["Path", *scores]
    assert all(str(value) in values for value in scores.values() if isinstance(value, str))
    assert len(values.split("  ")) > len(scores)
    assert "…" not in shown


def test_the_graph_of_stages_is_drawn(pipeline):
    graph = pipeline.run("dvc", "dag", "--dot").stdout
    for stage in ("ingest@mocha", "clean@usc", "features@hprc", "normalize@mngu0", "split", *MODELLING):
        assert stage in graph


@pytest.mark.parametrize(("change", "stage", "message"), [
    ({"test_speaker": "nobody"}, "split", "unknown speaker 'nobody'"),
    ({"train.lr": "fast"}, "train", "bad value 'fast' for 'train.lr'"),
])
def test_a_bad_parameter_gives_one_line_and_loses_nothing(pipeline, change, stage, message):
    before = {"test_speaker": "F01", "train.lr": 0.003}
    pipeline.set(change)
    try:
        done = pipeline.run("dvc", "repro", "--single-item", stage, check=False, prepared=True)
    finally:
        pipeline.set({key: before[key] for key in change})
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    pipeline.run("dvc", "checkout", "--force", "split", "train", prepared=True)


@pytest.mark.parametrize(("change", "message"), [
    ({"corpora": ["nosuch"]}, "params.yaml: corpora: unknown corpus 'nosuch'"),
    ({"raw": "data/raw"}, "params.yaml: data/raw/mocha: is not there"),
])
def test_a_fault_in_params_yaml_is_the_first_line_of_a_run_and_no_other_stage_runs(pipeline, change, message):
    """Both change the stages that DVC sees or what they depend on, and are reported before DVC misses anything."""
    before = {"corpora": CORPORA, "raw": "data/demo"}
    pipeline.set(change)
    try:
        done = pipeline.run("dvc", "repro", check=False, prepared=True)
    finally:
        pipeline.set({key: before[key] for key in change})
        pipeline.repro()
    assert done.returncode != 0
    assert [line for line in done.stdout.splitlines() if line.startswith("Running stage")] == ["Running stage 'choices':"]
    first, *rest = done.stderr.splitlines()
    assert first.startswith(f"artinv: {message}")
    assert len(rest) <= 2
    assert pipeline.repro() == []


def everything(pipeline):
    files = (path for name in ("data", "metrics", "models", "plots") for path in (pipeline.root / name).rglob("*"))
    return {path: path.read_bytes() for path in files if path.is_file()}


@pytest.mark.parametrize(("stage", "kilobytes"), [
    ("ingest usc", 64), ("clean usc", 64), ("normalize usc", 64), ("train", 8),
])
def test_a_full_disk_gives_one_line_and_loses_nothing(pipeline, stage, kilobytes):
    """A limit on the file size causes the same fault as a full disk, in the middle of a file."""
    before = everything(pipeline)
    done = pipeline.run("bash", "-c", f"ulimit -f {kilobytes}; exec python -m stages.{stage}", check=False)
    assert done.returncode == 2
    fault = r"artinv: (data|models)/\S+\.\w+: File too large; check the place, its permissions and the disk"
    assert re.fullmatch(fault, done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert everything(pipeline) == before


@counting
@pytest.mark.parametrize(("stage", "place"), [
    ("split", "data"), ("train", "models"), ("evaluate", "metrics"), ("evaluate", "plots"),
])
def test_a_folder_without_write_permission_gives_one_line_and_loses_nothing(pipeline, stage, place):
    before = everything(pipeline)
    (pipeline.root / place).chmod(0o555)
    done = pipeline.run(*BOUND, "python", "-m", f"stages.{stage}", check=False)
    (pipeline.root / place).chmod(0o755)
    assert done.returncode == 2
    assert re.fullmatch(rf"artinv: {place}/\S+: Permission denied; check the place, its permissions and the disk",
                        done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert everything(pipeline) == before
