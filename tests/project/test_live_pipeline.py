"""Run the pipeline `live` in its smallest profile on a few sentences: from the population to the bundled model and its scores."""

import json
import shutil

import pytest
from ruamel.yaml import YAML

from artinv.core import store
from artinv.live.model import load
from artinv.live.results import LiveScores
from artinv.live.workspace import LiveWorkspace
from tests.conftest import clone
from tests.support import inverters, toys
from tools.deps import ROOT

PIPELINE = "pipelines/live/dvc.yaml"
STAGES = ["choices", "sessions", "train", "bundle", "score"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once, after a few sentences of three speakers."""
    made = clone(tmp_path_factory.mktemp("live") / "project")
    shutil.copy(ROOT / "tests/live_params.yaml", made.root / "pipelines/live/params.yaml")
    put(made, "profile", "smoke")
    workspace = LiveWorkspace(made.root)
    spoken = [toys.utterance(speaker, number) for speaker in ("F01", "M02", "F03") for number in range(1, 4)]
    store.write(workspace.people, spoken)
    workspace.models.mkdir(exist_ok=True)
    inverters.inverter(provenance={"origin": "synthetic"}).save(workspace.universal)
    assert ran(made) == STAGES
    return made


def put(project, key, value):
    """Change a value of the pipeline's params.yaml."""
    yaml, path = YAML(), project.root / "pipelines/live/params.yaml"
    content = yaml.load(path.read_text(encoding="utf-8"))
    *sections, last = key.split(".")
    place = content
    for section in sections:
        place = place[section]
    place[last] = value
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def ran(project):
    """Run the stages one by one, without those of other pipelines; return the names of those that ran."""
    words = [f"{PIPELINE}:{name}" for name in STAGES]
    out = project.run("dvc", "repro", "--single-item", *words).stdout
    return [line.split("'")[1].rpartition(":")[2] for line in out.splitlines() if line.startswith("Running stage")]


def test_model_and_scores_are_written(project):
    workspace = LiveWorkspace(project.root)
    bundled = project.root / "artinv/bundled/live.safetensors"
    assert bundled.read_bytes() == workspace.live_model.read_bytes()
    model = load(bundled)
    assert model.facts.provenance["origin"] == "synthetic"
    assert model.facts.sizes.width == 8
    scores = LiveScores.read(workspace.live_scores, "make live")
    assert (scores.origin, scores.sentences, list(scores.groups["first"].of)) == ("synthetic", 3, ["F03"])
    assert json.loads(workspace.live_training.read_text())["origin"] == "synthetic"
    assert len(store.speakers(workspace.live_frames)) == 2
    assert not project.network.exists()


def test_a_second_run_does_nothing_and_a_change_runs_what_depends_on_it(project):
    assert ran(project) == []
    put(project, "train.seed", 1)
    assert ran(project) == ["choices", "train", "bundle", "score"]


def test_a_fault_of_the_parameters_ends_the_run_before_any_work(project):
    put(project, "train.sizes.delay", 30)
    try:
        done = project.run("dvc", "repro", "--single-item", f"{PIPELINE}:choices", check=False)
    finally:
        put(project, "train.sizes.delay", 5)
    assert done.returncode != 0
    assert "a latency of" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_shows_the_model_of_the_project(project):
    project.run("python", "-m", "artinv", "live", "--page", "live.html", "--model", "models/live.safetensors")
    assert load(project.root / "models/live.safetensors").title in (project.root / "live.html").read_text(encoding="utf-8")
