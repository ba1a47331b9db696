"""Messages of commands help users outside a project: a close word, a cure that they have, and no slow import before it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from artinv.__main__ import main
from artinv.commands import check, in_place, output, output_folder
from artinv.core.trajectory import Trajectory
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.inversion import bulk, export
from artinv.runtime.errors import BadParams, expected
from artinv.show.view import tracks
from tests.support import results_for_tests as results
from tests.support.bulk_runs import invert, put
from tests.support.inverters import babble, saved
from tests.support.permissions import BOUND, counting
from tests.support.running import refused
from tools.deps import CHOICES, ROOT


def message(capsys, *words, root=Path()):
    """Return the only line of a command that is refused."""
    return refused(capsys, main, list(map(str, words)), root)


@pytest.mark.parametrize(("word", "near"), [
    ("mocah", "; did you mean 'mocha'?"), ("MOCHA", "; did you mean 'mocha'?"), ("f01", "; did you mean 'F01'?"), ("zzz", ""),
    ("", ""),
])
def test_the_most_similar_word_is_suggested(word, near):
    assert expected(word, ["mocha", "usc", "F01"]) == f"expected one of ['mocha', 'usc', 'F01']{near}"


@pytest.mark.parametrize(("words", "near"), [
    (["invrt", "a.wav"], "unknown command 'invrt'; expected one of ['abx', "), (["chek"], "; did you mean 'check'?"),
    (["invert", "a.wav", "-o", "out", "--format", "cvs"], "; did you mean 'csv'?"),
    (["check", ".", "--corpora", "mocah"], "unknown corpus 'mocah'; expected one of ['hprc', 'mngu0', 'mocha', 'own', 'usc']; did"),
])
def test_unknown_words_of_a_command_line_are_named_with_the_valid_ones(capsys, tmp_path, words, near):
    assert near in message(capsys, *[str(tmp_path) if word == "." else word for word in words])


def test_an_unknown_channel_is_named_with_the_most_similar_one():
    trajectory = Trajectory(name="a", rate=100.0, motion=np.zeros((3, 18), np.float32))
    with pytest.raises(BadParams, match=r"unknown channel 'ttx'; expected some of tt_x, .*; did you mean 'tt_x'\?"):
        tracks.figure(trajectory, ["ttx"])
    with pytest.raises(BadParams, match=r"unknown format 'sff'; .*; did you mean 'ssff'\?"):
        export.write(Path("a.sff"), trajectory)


@pytest.mark.parametrize("words", [
    ["invert", "none.wav", "-o", "out", "--format", "cvs"], ["invert", "none.wav", "-o", "out"],
    ["invert", ".", "-o", "out", "--model", "x"], ["invert", ".", "-o", "out", "--calibrate", "x"],
    ["view", "none.wav", "-o", "page.html"], ["view", "a.wav", "-o", "a.wav"], ["comand"], ["--help"], ["invert", "--help"],
])
def test_a_command_line_is_refused_or_explained_without_slow_imports(tmp_path, words):
    (tmp_path / "a.wav").touch()
    code = "import sys, artinv.__main__ as it\ntry: it.main(sys.argv[1:])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=True)
    modules = set(done.stdout.splitlines()[-1].split())
    assert "artinv.runtime.errors" in modules
    assert not modules & {"numpy", "pydantic", "tqdm", "yaml", "onnxruntime", "torch"}


def test_a_missing_sound_is_named_before_a_missing_model(capsys, tmp_path):
    words = ["invert", tmp_path / "none.wav", "-o", tmp_path / "out", "--model", tmp_path / "none.onnx"]
    assert message(capsys, *words) == f"{tmp_path}/none.wav: is no file and no folder; check its name"


def test_a_model_that_disappears_during_a_run_ends_it_with_one_line(capsys, tmp_path, monkeypatch):
    for number in range(5):
        put(tmp_path / f"in/{number}.wav", babble(0.3))
    model = saved(tmp_path)
    bulk._model.cache_clear()
    monkeypatch.setattr(bulk, "_sweep", lambda _: model.unlink())
    summary, messages = invert(capsys, tmp_path / "in", "-o", tmp_path / "out", "--model", model, fails=True)
    assert summary == {}
    fault = f"artinv: {model}: is no file since the run began; restore it, then run the same command again to resume"
    assert messages.splitlines()[1:] == [fault]


COMMANDS = (
    ["invert", "none.wav", "-o", "out"], ["invert", "a.wav", "-o", "out", "--speaker-stats", "a.wav"],
    ["invert", "a.wav", "-o", "out", "--speaker-stats", "none.npz"], ["invert", "a.wav", "-o", "out", "--model", "a.wav"],
    ["view", "none.wav", "-o", "page.html"], ["view", "mocha/fsew0/fsew0_001", "-o", "page.html"],
    ["view", "a.wav", "-o", "page.html", "--model", "none"], ["report"], ["report", "empty"], ["check", "none"], ["check", "empty"],
    ["scores"], ["loso"], ["sim2real"], ["abx"],
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_message_outside_a_project_names_a_pipeline(capsys, tmp_path, words):
    put(tmp_path / "a.wav", babble(0.5))
    (tmp_path / "empty").mkdir()
    paths = {"a.wav", "none.wav", "out", "page.html", "none", "none.npz", "empty"}
    line = message(capsys, *[tmp_path / word if word in paths else word for word in words], root=tmp_path)
    assert "make " not in line
    assert "dvc" not in line


def test_help_outside_a_project_names_no_pipeline(capsys):
    for words in (["--help"], *([name, "--help"] for name in ("invert", "view", "check", "report"))):
        with pytest.raises(SystemExit):
            main(words)
        assert not re.search("`(make|dvc) ", capsys.readouterr().out)


def test_a_message_inside_a_project_names_the_pipeline(tmp_path):
    text = "a.json: is missing; run `make repro`"
    assert "`make" not in in_place(text, Workspace(tmp_path))
    (tmp_path / "params.yaml").touch()
    assert "`make" not in in_place(text, Workspace(tmp_path))
    (tmp_path / "dvc.yaml").touch()
    assert in_place(text, Workspace(tmp_path)) == text
    other = Workspace(tmp_path / "other")
    assert in_place("a; b `c`; d", other) == "a; b `c`; d"
    assert in_place("a: is missing; name another, or run `dvc repro`", other) == "a: is missing; name another"


@pytest.mark.parametrize(("path", "message"), [
    ("file", "file: is no folder; choose another with -o"), ("file/below", "file is no folder; choose another with -o"),
])
def test_a_folder_for_results_must_not_be_a_file(tmp_path, path, message):
    (tmp_path / "file").touch()
    with pytest.raises(BadParams, match=message):
        output_folder(tmp_path / path)
    assert output_folder(tmp_path / "new/folder") == tmp_path / "new/folder"
    assert output(tmp_path / "new/folder/file") == tmp_path / "new/folder/file"


@counting
@pytest.mark.parametrize("words", [
    ["invert", "a.wav", "-o", "locked"], ["invert", "a.wav", "-o", "locked/new/deep"], ["view", "a.wav", "-o", "locked/page.html"],
    ["check", "full", "--csv", "locked/table.csv"], ["report", "-o", "locked/page.html", "full"],
    ["invert", "a.wav", "-o", "out", "--measures", "locked/table.csv"],
], ids=" ".join)
def test_a_folder_without_write_permission_is_named_before_any_work(tmp_path, words):
    put(tmp_path / "a.wav", babble(0.3))
    (tmp_path / "full/metrics").mkdir(parents=True)
    (tmp_path / "locked").mkdir(mode=0o555)
    done = subprocess.run([*BOUND, sys.executable, "-m", "artinv", *words], cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    target = next(word for word in words if word.startswith("locked"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"artinv: {target}: cannot be written, you have no permission to write into {tmp_path}/locked; ")


@pytest.mark.parametrize(("name", "lost"), [
    ("scores", "plots/articulators.png"), ("loso", "metrics/loso.csv"), ("abx", "metrics/abx.json"),
])
def test_only_files_that_exist_are_listed_as_written(capsys, tmp_path, name, lost):
    results.everything(tmp_path)
    (tmp_path / lost).unlink(missing_ok=True)
    main([name], tmp_path)
    listed = capsys.readouterr().out.partition("written:")[2].split()
    assert listed
    assert all(Path(path).exists() for path in listed)
    assert str(tmp_path / lost) not in listed


@pytest.fixture
def raw(tmp_path):
    """Write a corpus without usable recordings."""
    (tmp_path / "raw/mocha/fsew0").mkdir(parents=True)
    return tmp_path / "raw"


def test_check_without_a_project_uses_the_limits_that_artinv_comes_with(capsys, tmp_path, raw):
    def limits(root):
        with pytest.raises(SystemExit) as stop:
            main(["check", str(raw), "--json", "--workers", "1"], root)
        out, err = capsys.readouterr()
        assert stop.value.code == 1
        assert json.loads(out)["findings"]
        return err

    assert limits(tmp_path) == "artinv: checked with the limits that artinv comes with\n"
    shutil.copy(CHOICES, tmp_path / "params.yaml")
    assert limits(tmp_path) == f"artinv: checked with the limits under `clean` in {tmp_path}/params.yaml\n"
    for other in ("lr: 0.1\n", "a: [\n"):  # a file of another program
        (tmp_path / "params.yaml").write_text(other)
        assert limits(tmp_path) == "artinv: checked with the limits that artinv comes with\n"
    (tmp_path / "params.yaml").write_text("clean: {}\n")
    assert f"{tmp_path}/params.yaml: 'clean.rate' is missing" in message(capsys, "check", raw, root=tmp_path)


def test_the_limits_that_artinv_comes_with_are_the_default_ones():
    """They equal those of the tests; tools.committed compares them with params.yaml, which belongs to the user."""
    content = yaml.safe_load(check.BUNDLED.read_text(encoding="utf-8"))
    assert content == {"clean": yaml.safe_load(CHOICES.read_text(encoding="utf-8"))["clean"]}
    assert CleanParams.load(check.BUNDLED) == CleanParams.load(CHOICES)
