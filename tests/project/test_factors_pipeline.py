"""Run the pipeline `factors` in its smallest profile as a user does: from nothing to tables, pictures and pages."""

import pytest

from artinv.core.workspace import Workspace
from artinv.factors.model import Disentangler
from artinv.factors.results import FactorScores
from artinv.factors.workspace import FactorFiles
from tests.support.neighbours import Neighbour, assert_source

STAGES = ["choices", "data", "evaluate", "train", "traverse"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    return Neighbour.complete("factors", tmp_path_factory, STAGES)


def test_all_results_are_written_and_typed(project):
    files = FactorFiles(Workspace(project.root))
    scores = FactorScores.read(files.scores, "make factors")
    assert {(run.data, run.model, run.network) for run in scores.runs.values()} == {
        ("additive", "betavae", "mlp"), ("additive", "adagvae", "conv"), ("additive", "factorvae", "mlp"),
        ("tract", "betatcvae", "mlp"), ("digits", "betavae", "mlp")}
    assert scores.images == {"additive": 300, "tract": 300, "digits": 300}
    assert scores.origins == {"additive": "synthetic", "tract": "synthetic", "digits": "real"}
    assert all(len(run.trainings) == run.spreads["mig"].count == 2 for run in scores.runs.values())
    assert scores.factors["tract"] == ["place", "degree", "lips", "length", "f0", "tilt"]
    for path in (files.scores, files.training):
        assert_source(path, "mixed")
    assert Disentangler.load(files.models / "tract/betatcvae-mlp-1.safetensors").latents == 10
    assert {path.name for path in files.traversals.iterdir()} == {
        "additive.png", "additive.gif", "additive.html", "additive.wav", "digits.png", "digits.gif", "digits.html"}
    assert not project.network.exists()


def test_a_change_runs_what_depends_on_it_and_a_second_run_does_nothing(project):
    project.assert_reruns(["choices", "traverse"], "traverse.reach", 2.0, "profiles.full.train.epochs")


def test_a_fault_of_the_parameters_is_one_line(project, capsys):
    assert "unknown model 'gan'" in project.refused(capsys, "train.runs", ["additive/gan/mlp"])
