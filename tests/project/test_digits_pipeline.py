"""Run the pipeline `digits` in its smallest profile as a user does: from nothing to the page."""

import json

import pytest

from artinv.digits.generators import KINDS, Model
from artinv.digits.results import DigitsScores, YardstickScores
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick
from tests.support import toy_digits
from tests.support.neighbours import Neighbour

STAGES = ["choices", "speak", "sample", "yardstick", "train", "evaluate", "page"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    made = Neighbour.of("digits", tmp_path_factory.mktemp("digits") / "project")
    assert sorted(made.ran()) == sorted(STAGES), "stages that do not depend on each other run in any order"
    return made


def test_all_results_are_written_and_typed(project):
    files = DigitsFiles(project.root)
    scores = DigitsScores.read(files.scores, "make digits")
    assert set(scores.generators) == {"test set", "noise", *KINDS, "articulatory"}
    judge = YardstickScores.read(files.yardstick_scores, "make digits")
    assert scores.run.yardstick == judge.yardstick == Yardstick.load(files.yardstick).mark
    assert (judge.sounds, list(judge.speakers)) == (10, ["F0000"])
    for path in (files.scores, files.yardstick_scores, files.training):
        content = json.loads(path.read_text())
        facts = content | content.get("run", {})
        assert facts["origin"] == "synthetic"
        assert all(name in facts["made_by"] for name in ("artinv", "python", "numpy", "torch", "seed"))
    for kind in KINDS:
        assert Model.load(files.model(kind), kind).provenance["sounds"] == "10"
    assert (files.page / "index.html").read_text().count("<audio") == 80
    assert not project.network.exists()


def test_a_second_run_does_nothing_and_a_change_runs_what_depends_on_it(project):
    assert project.ran() == []
    project.put("profiles.smoke.evaluate.sounds", 3)
    assert sorted(project.ran()) == ["choices", "evaluate", "page"]
    project.put("profiles.full.speak.takes", 60)
    assert project.ran() == ["choices"], "a value of another profile"


def test_recordings_of_people_are_used_where_a_user_has_put_them(project):
    toy_digits.write_fsdd(project.root / "data/real/fsdd")
    project.put("recordings", "data/real/fsdd")
    try:
        assert sorted(project.ran()) == sorted(set(STAGES) - {"speak"})
        assert DigitsScores.read(DigitsFiles(project.root).scores, "make digits").run.origin == "real"
        assert "real data" in (DigitsFiles(project.root).page / "index.html").read_text()
    finally:
        project.put("recordings", "data/digits/spoken")


def test_a_fault_of_the_parameters_ends_the_run_before_any_work(project):
    project.put("train.models", ["cwgan9"])
    try:
        done = project.run("dvc", "repro", project.pipeline, check=False)
    finally:
        project.put("train.models", list(KINDS))
    assert done.returncode != 0
    assert "bad value 'cwgan9' for 'train.models.0'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_uses_the_models_of_the_project(project, tmp_path):
    path = tmp_path / "seven.wav"
    done = project.run("python", "-m", "artinv", "say", "7", "--model", "flow", "-o", str(path))
    assert done.stdout == f"{path}: seven, 0.76 s, model flow\n"
    assert path.stat().st_size > 20_000


def test_the_report_shows_the_results(project):
    project.run("python", "-m", "artinv", "report", "-o", "page.html")
    page = (project.root / "page.html").read_text(encoding="utf-8")
    for words in ("Spoken digits from words", "articulatory", "test set, Griffin-Lim", "Articulation of the words"):
        assert words in page
