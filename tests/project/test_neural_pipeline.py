"""Run the pipeline `neural` in its smallest profile as a user does: from nothing to the tables."""

import pytest

from artinv.neural.model import NeuralModel
from artinv.neural.results import NeuralScores, OcclusionResult
from artinv.neural.workspace import NeuralFiles
from tests.support import running
from tests.support.neighbours import Neighbour, assert_source

pytestmark = pytest.mark.usefixtures("one_thread")

STAGES = ["choices", "simulate", "targets", "train", "evaluate", "occlude"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    return Neighbour.complete("neural", tmp_path_factory, STAGES)


def test_all_results_are_written_and_typed(project):
    places = NeuralFiles(project.root)
    scores = NeuralScores.read(places.scores, "make neural")
    assert (scores.run.origin, scores.run.subjects, scores.run.electrodes) == ("synthetic", ["F01"], 16)
    assert sorted({own.decoder for own in scores.decoders.values()}) == ["lstm", "resnet", "ridge", "swin", "tcn"]
    assert sorted({own.target for own in scores.decoders.values()}) == ["articulation", "formant18", "tract", "truth"]
    ridge = scores.decoders["ridge_causal_truth"]
    assert ridge.pcc.low < ridge.pcc.value < ridge.pcc.high
    assert ridge.pcc.value > 0.6
    assert ridge.sound is not None
    occlusion = OcclusionResult.read(places.occlusion, "make neural")
    assert occlusion.decoders["ridge_causal_truth"].motor_rest > 0.95
    for path in (places.scores, places.training, places.occlusion):
        assert_source(path, "synthetic")
    assert NeuralModel.load(places.model("F01", "tcn_causal_formant18")).names[0] == "f0"
    assert places.map_picture.read_bytes().startswith(b"\x89PNG")
    assert not project.network.exists()


def test_a_change_runs_what_depends_on_it_and_a_second_run_does_nothing(project):
    project.assert_reruns(["choices", "occlude"], "profiles.smoke.occlude.seconds", 4, "profiles.full.train.epochs")


def test_a_fault_of_the_parameters_is_one_line(project, capsys):
    assert "unknown decoder 'lsmt'" in project.refused(capsys, "profiles.smoke.train.runs", ["lsmt causal truth"])


def test_the_command_uses_the_model_of_the_project(project, tmp_path, capsys):
    running.command(project.root, "decode", "data/neural/recordings/F01.h5", "-o", str(tmp_path))
    assert "ridge causal truth, looks ahead 0 ms" in capsys.readouterr().out
    assert (tmp_path / "F01_decoded.html").exists()


def test_the_report_shows_the_results(project):
    page = project.reported()
    scores = NeuralScores.read(NeuralFiles(project.root).scores, "make neural")
    for words in ("Speech from recordings of the brain", "swin causal", f"{scores.decoders['ridge_causal_truth'].pcc.value:.3f}"):
        assert words in page
