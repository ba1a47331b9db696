"""Run the pipeline `matching` in its smallest profile as a user does: from nothing to the tables."""

import json
import shutil

import pytest
from ruamel.yaml import YAML

from artinv.core.workspace import Workspace
from artinv.matching.matcher import Matcher
from artinv.matching.results import Gains, MatchingScores
from tests.conftest import clone
from tools.deps import ROOT

PIPELINE = "pipelines/matching/dvc.yaml"
STAGES = ["choices", "sample", "train", "evaluate", "refine"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    made = clone(tmp_path_factory.mktemp("matching") / "project")
    shutil.copy(ROOT / "tests/matching_params.yaml", made.root / "pipelines/matching/params.yaml")
    put(made, "profile", "smoke")
    assert sorted(ran(made)) == sorted(STAGES), "stages that do not depend on each other run in any order"
    return made


def put(project, key, value):
    """Change a value of the pipeline's params.yaml."""
    yaml, path = YAML(), project.root / "pipelines/matching/params.yaml"
    content = yaml.load(path.read_text(encoding="utf-8"))
    *sections, last = key.split(".")
    place = content
    for section in sections:
        place = place[section]
    place[last] = value
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def ran(project):
    """Run the pipeline; return the names of the stages that ran."""
    out = project.run("dvc", "repro", PIPELINE).stdout
    return [line.split("'")[1].rpartition(":")[2] for line in out.splitlines() if line.startswith("Running stage")]


def test_all_results_are_written_and_typed(project):
    workspace = Workspace(project.root)
    scores = MatchingScores.read(workspace.matching_scores, "make matching")
    assert (scores.run.synth, scores.run.sounds, list(scores.networks)) == ("fm23", 30, ["C1", "FC1"])
    assert len(scores.networks["C1"].parameters) == 23
    gains = Gains.read(workspace.matching_refinement, "make matching")
    assert sorted(gains.methods) == ["cma", "gradient"]
    for path in (workspace.matching_scores, workspace.matching_refinement, workspace.matching_training):
        content = json.loads(path.read_text())
        facts = content | content.get("run", {})
        assert facts["origin"] == "synthetic"
        assert all(name in facts["made_by"] for name in ("artinv", "python", "numpy", "torch", "seed"))
    assert Matcher.load(workspace.matching_models / "C1.safetensors").synth == "fm23"
    assert not project.network.exists()


def test_a_second_run_does_nothing_and_a_change_runs_what_depends_on_it(project):
    assert ran(project) == []
    put(project, "refine.seed", 1)
    assert ran(project) == ["choices", "refine"]
    put(project, "profiles.full.train.epochs", 60)
    assert ran(project) == ["choices"], "a value of another profile"


def test_a_fault_of_the_parameters_ends_the_run_before_any_work(project):
    put(project, "train.networks", ["C9"])
    try:
        done = project.run("dvc", "repro", PIPELINE, check=False)
    finally:
        put(project, "train.networks", ["C3"])
    assert done.returncode != 0
    assert "unknown network 'C9'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not project.run("dvc", "repro", PIPELINE).stdout.count("matching_train")


def test_the_command_uses_the_model_of_the_project(project, tmp_path):
    project.run("python", "-c", "import numpy, soundfile; soundfile.write('tone.wav', "
                "0.1 * numpy.sin(numpy.arange(20000) / 5), 16384)")
    done = project.run("python", "-m", "artinv", "match", "tone.wav", "-o", str(tmp_path), "--steps", "3")
    assert done.stdout.count(" dB from the sound, ") == 2
    assert (tmp_path / "tone_match.json").exists()


def test_the_report_shows_the_results(project):
    project.run("python", "-m", "artinv", "report", "-o", "page.html")
    page = (project.root / "page.html").read_text(encoding="utf-8")
    scores = MatchingScores.read(Workspace(project.root).matching_scores, "make matching")
    for words in ("Settings of a synthesizer from sound", "saw_frequency", f"{scores.networks['C1'].mpr:.1f}", "Refinement"):
        assert words in page
