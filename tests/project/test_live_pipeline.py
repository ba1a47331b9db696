"""Run the pipeline `live` in its smallest profile on a few sentences: from the population to the bundled model and its scores."""

import json

import pytest

from artinv.core import store
from artinv.live.model import load
from artinv.live.results import LiveScores
from artinv.live.workspace import LiveWorkspace
from tests.support import inverters, running, toys
from tests.support.neighbours import Neighbour

STAGES = ["choices", "sessions", "train", "bundle", "score"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once, after a few sentences of three speakers."""
    made = Neighbour.of("live", tmp_path_factory.mktemp("live") / "project")
    workspace = LiveWorkspace(made.root)
    spoken = [toys.utterance(speaker, number) for speaker in ("F01", "M02", "F03") for number in range(1, 4)]
    store.write(workspace.people, spoken)
    workspace.models.mkdir(exist_ok=True)
    inverters.inverter(provenance={"origin": "synthetic"}).save(workspace.universal)
    assert made.ran(*STAGES) == STAGES
    return made


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


def test_a_change_runs_what_depends_on_it_and_a_second_run_does_nothing(project):
    project.assert_reruns(["choices", "train", "bundle", "score"], "train.seed", 1, "profiles.full.train.epochs", *STAGES)


def test_a_fault_of_the_parameters_is_one_line(project, capsys):
    assert "a latency of" in project.refused(capsys, "train.sizes.delay", 30)


def test_the_command_shows_the_model_of_the_project(project):
    running.command(project.root, "live", "--page", "live.html", "--model", "models/live.safetensors")
    assert load(project.root / "models/live.safetensors").title in (project.root / "live.html").read_text(encoding="utf-8")
