"""Run the pipeline `matching` in its smallest profile as a user does: from nothing to the tables."""

import numpy as np
import pytest
import soundfile

from artinv.core.workspace import Workspace
from artinv.matching.matcher import Matcher
from artinv.matching.results import Gains, MatchingScores
from tests.support import running
from tests.support.neighbours import Neighbour, assert_source

pytestmark = pytest.mark.usefixtures("one_thread")

STAGES = ["choices", "sample", "train", "evaluate", "refine"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    return Neighbour.complete("matching", tmp_path_factory, STAGES)


def test_all_results_are_written_and_typed(project):
    workspace = Workspace(project.root)
    scores = MatchingScores.read(workspace.matching_scores, "make matching")
    assert (scores.run.synth, scores.run.sounds, list(scores.networks)) == ("fm23", 8, ["C1", "FC1"])
    assert len(scores.networks["C1"].parameters) == 23
    gains = Gains.read(workspace.matching_refinement, "make matching")
    assert sorted(gains.methods) == ["cma", "gradient", "search"]
    for path in (workspace.matching_scores, workspace.matching_refinement, workspace.matching_training):
        assert_source(path, "synthetic")
    assert Matcher.load(workspace.matching_models / "C1.safetensors").synth == "fm23"
    assert not project.network.exists()


def test_a_change_runs_what_depends_on_it_and_a_second_run_does_nothing(project):
    project.assert_reruns(["choices", "refine"], "refine.seed", 1, "profiles.full.train.epochs")


def test_a_fault_of_the_parameters_is_one_line(project, capsys):
    assert "unknown network 'C9'" in project.refused(capsys, "train.networks", ["C9"])


def test_the_command_uses_the_model_of_the_project(project, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    soundfile.write(project.root / "tone.wav", 0.1 * np.sin(np.arange(5000) / 5), 16384)  # pieces of 0.25 s
    running.command(project.root, "match", "tone.wav", "-o", str(tmp_path), "--steps", "3")
    assert capsys.readouterr().out.count(" dB from the sound, ") == 2
    assert (tmp_path / "tone_match.json").exists()


def test_the_report_shows_the_results(project):
    page = project.reported()
    scores = MatchingScores.read(Workspace(project.root).matching_scores, "make matching")
    for words in ("Settings of a synthesizer from sound", "saw_frequency", f"{scores.networks['C1'].mpr:.1f}", "Refinement"):
        assert words in page
