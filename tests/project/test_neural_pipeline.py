"""Run the pipeline `neural` in its smallest profile as a user does: from nothing to the tables."""

import json
import shutil

import pytest
from ruamel.yaml import YAML

from artinv.neural.model import NeuralModel
from artinv.neural.results import NeuralScores, OcclusionResult
from artinv.neural.workspace import NeuralFiles
from tests.conftest import clone
from tools.deps import ROOT

PIPELINE = "pipelines/neural/dvc.yaml"
STAGES = ["choices", "simulate", "targets", "train", "evaluate", "occlude"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    made = clone(tmp_path_factory.mktemp("neural") / "project")
    shutil.copy(ROOT / "tests/neural_params.yaml", made.root / "pipelines/neural/params.yaml")
    put(made, "profile", "smoke")
    assert sorted(ran(made)) == sorted(STAGES), "stages that do not depend on each other run in any order"
    return made


def put(project, key, value):
    """Change a value of the pipeline's params.yaml."""
    yaml, path = YAML(), project.root / "pipelines/neural/params.yaml"
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
    places = NeuralFiles(project.root)
    scores = NeuralScores.read(places.scores, "make neural")
    assert (scores.run.origin, scores.run.subjects, scores.run.electrodes) == ("synthetic", ["F01"], 16)
    assert sorted({own.decoder for own in scores.decoders.values()}) == ["lstm", "resnet", "ridge", "swin", "tcn"]
    assert sorted({own.target for own in scores.decoders.values()}) == ["articulation", "formant18", "tract", "truth"]
    ridge = scores.decoders["ridge_causal_truth"]
    assert ridge.pcc.low < ridge.pcc.value < ridge.pcc.high
    assert ridge.pcc.value > 0.3
    assert ridge.sound is not None
    occlusion = OcclusionResult.read(places.occlusion, "make neural")
    assert occlusion.decoders["ridge_causal_truth"].motor_rest > 0.7
    for path in (places.scores, places.training, places.occlusion):
        content = json.loads(path.read_text())
        facts = content | content.get("run", {})
        assert facts["origin"] == "synthetic"
        assert all(name in facts["made_by"] for name in ("artinv", "python", "numpy", "torch", "seed"))
    assert NeuralModel.load(places.model("F01", "tcn_causal_formant18")).names[0] == "f0"
    assert places.map_picture.read_bytes().startswith(b"\x89PNG")
    assert not project.network.exists()


def test_a_second_run_does_nothing_and_a_change_runs_what_depends_on_it(project):
    assert ran(project) == []
    put(project, "occlude.seconds", 4)
    put(project, "profiles.smoke.occlude.seconds", 4)
    assert ran(project) == ["choices", "occlude"]
    put(project, "profiles.full.train.epochs", 60)
    assert ran(project) == ["choices"], "a value of another profile"


def test_a_fault_of_the_parameters_ends_the_run_before_any_work(project):
    put(project, "profiles.smoke.train.runs", ["lsmt causal truth"])
    done = project.run("dvc", "repro", PIPELINE, check=False)
    put(project, "profiles.smoke.train.runs", ["ridge causal truth"])
    assert done.returncode != 0
    assert "unknown decoder 'lsmt'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_uses_the_model_of_the_project(project, tmp_path):
    done = project.run("python", "-m", "artinv", "decode", "data/neural/recordings/F01.h5", "-o", str(tmp_path))
    assert "ridge causal truth, looks ahead 0 ms" in done.stdout
    assert (tmp_path / "F01_decoded.html").exists()


def test_the_report_shows_the_results(project):
    project.run("python", "-m", "artinv", "report", "-o", "page.html")
    page = (project.root / "page.html").read_text(encoding="utf-8")
    scores = NeuralScores.read(NeuralFiles(project.root).scores, "make neural")
    for words in ("Speech from recordings of the brain", "swin causal", f"{scores.decoders['ridge_causal_truth'].pcc.value:.3f}"):
        assert words in page
