"""Run the pipeline `digits` in its smallest profile as a user does: from nothing to the page."""

import pytest

from artinv.digits.generators import KINDS, Model
from artinv.digits.results import DigitsScores, YardstickScores
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick
from tests.support import running, toy_digits
from tests.support.neighbours import Neighbour, assert_source

pytestmark = pytest.mark.usefixtures("one_thread")

STAGES = ["choices", "speak", "sample", "yardstick", "train", "evaluate", "page"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a clone of the project in which the pipeline has run once."""
    return Neighbour.complete("digits", tmp_path_factory, STAGES)


def test_all_results_are_written_and_typed(project):
    files = DigitsFiles(project.root)
    scores = DigitsScores.read(files.scores, "make digits")
    assert set(scores.generators) == {"test set", "noise", *KINDS, "articulatory"}
    judge = YardstickScores.read(files.yardstick_scores, "make digits")
    assert scores.run.yardstick == judge.yardstick == Yardstick.load(files.yardstick).mark
    assert (judge.sounds, list(judge.speakers)) == (10, ["F0000"])
    for path in (files.scores, files.yardstick_scores, files.training):
        assert_source(path, "synthetic")
    for kind in KINDS:
        assert Model.load(files.model(kind), kind).provenance["sounds"] == "10"
    assert (files.page / "index.html").read_text().count("data-sound=") == 80
    assert not project.network.exists()


def test_a_change_runs_what_depends_on_it_and_a_second_run_does_nothing(project):
    project.assert_reruns(["choices", "yardstick", "evaluate"], "profiles.smoke.yardstick.seed", 1, "profiles.full.speak.takes")


def test_a_fault_of_the_parameters_is_one_line(project, capsys):
    assert "bad value 'cwgan9' for 'train.models.0'" in project.refused(capsys, "train.models", ["cwgan9"])


def test_the_command_uses_the_models_of_the_project(project, tmp_path, capsys):
    path = tmp_path / "seven.wav"
    running.command(project.root, "say", "7", "--model", "flow", "-o", str(path))
    assert capsys.readouterr().out == f"{path}: seven, 0.76 s, model flow\n"
    assert path.stat().st_size > 20_000


def test_the_report_shows_the_results(project):
    page = project.reported()
    for words in ("Spoken digits from words", "articulatory", "test set, Griffin-Lim", "Articulation of the words"):
        assert words in page


def test_recordings_of_people_are_used_where_a_user_has_put_them(project):
    """DVC runs the stage that reads them; the later stages, which do not know where sounds come from, run in this process."""
    toy_digits.write_fsdd(project.root / "data/real/fsdd")
    for key, value in {"recordings": "data/real/fsdd", "profiles.smoke.train.models": ["cvae"]}.items():
        project.put(key, value)
    assert project.ran("choices", "sample") == ["choices", "sample"]
    for stage in ("yardstick", "train", "evaluate", "page"):
        running.stage(project.root, f"digits_{stage}")
    files = DigitsFiles(project.root)
    assert DigitsScores.read(files.scores, "make digits").run.origin == "real"
    assert "real data" in (files.page / "index.html").read_text()
