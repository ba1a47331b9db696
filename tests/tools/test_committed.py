"""tools.committed reports each planted fault in one line that names the file and the cure."""

import json
import shutil
from pathlib import Path

import pytest

from artinv.core.files import write_json
from tests.conftest import Project
from tools import committed
from tools.deps import ROOT

MAIN = """stages:
  make:
    matrix: {name: "${names}"}
    cmd: mkdir -p models metrics plots && cat artinv/code.py > models/${item.name} && cat artinv/code.py > metrics/${item.name}.json
    deps: [artinv/code.py]
    params: [share]
    outs: ["models/${item.name}"]
    metrics: [{"metrics/${item.name}.json": {cache: false}}]
"""

BELOW = """stages:
  read:
    wdir: ../..
    cmd: cat models/a > metrics/read.json
    deps: [models/a, artinv/code.py]
    metrics: [{metrics/read.json: {cache: false}}]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return two small pipelines after a run, as in a fresh clone: without cached outputs."""
    folder = tmp_path_factory.mktemp("committed") / "project"
    for name, text in {"dvc.yaml": MAIN, "pipelines/next/dvc.yaml": BELOW, "artinv/code.py": "1\n",
                       "params.yaml": "names: [a, b]\nshare: {alpha: 0.5}\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc/config", folder / ".dvc/config")
    project = Project(folder)
    project.run("dvc", "config", "--local", "core.no_scm", "true")
    project.run("dvc", "repro", "--quiet", "--all-pipelines", prepared=True)
    shutil.rmtree(folder / "models")
    shutil.rmtree(folder / ".dvc/cache")
    return folder


@pytest.fixture
def tree(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "project"))


def test_bundled_limits_that_differ_from_params_yaml_are_a_fault(tmp_path):
    (tmp_path / "artinv/bundled").mkdir(parents=True)
    for rate in (100, 50):
        (tmp_path / "params.yaml").write_text(f"raw: data\nclean: {{rate: {rate}}}\n")
        (tmp_path / "artinv/bundled/params.yaml").write_text("clean: {rate: 100}\n")
        line = "artinv/bundled/params.yaml: `clean` differs from that of params.yaml; make them equal"
        assert list(committed.bundled(tmp_path)) == [line] * (rate == 50)


def test_there_is_no_fault_after_a_run(tree):
    assert committed.faults(tree) == []


def replaced(name, old, new):
    def plant(tree):
        text = (tree / name).read_text()
        assert old in text
        (tree / name).write_text(text.replace(old, new))
    return plant


REPRO, NEXT = (f"; run `make {target}` and commit what it writes" for target in ("repro", "next"))


@pytest.mark.parametrize(("plant", "lines"), [
    (replaced("artinv/code.py", "1", "2"), [
        f"dvc.yaml: artinv/code.py has changed (make@a and 1 more){REPRO}",
        f"pipelines/next/dvc.yaml: artinv/code.py has changed (read){NEXT}"]),
    (lambda tree: (tree / "artinv/code.py").unlink(), [
        f"dvc.yaml: artinv/code.py is missing (make@a and 1 more){REPRO}",
        f"pipelines/next/dvc.yaml: artinv/code.py is missing (read){NEXT}"]),
    (replaced("params.yaml", "0.5", "0.6"), [f"dvc.yaml: 'share' of params.yaml has changed (make@a and 1 more){REPRO}"]),
    (replaced("params.yaml", "[a, b]", "[a, b, c]"), [f"dvc.yaml: the stage was never run (make@c){REPRO}"]),
    (lambda tree: (tree / "pipelines/next/dvc.lock").unlink(), [
        f"pipelines/next/dvc.yaml: the stage was never run (read){NEXT}"]),
    (replaced("pipelines/next/dvc.yaml", "cat models", "cat -u models"), [
        f"pipelines/next/dvc.yaml: its command has changed (read){NEXT}"]),
    (replaced("metrics/b.json", "1", "3"), [f"dvc.yaml: metrics/b.json differs from the lock (make@b){REPRO}"]),
    (lambda tree: (tree / "metrics/read.json").unlink(), [f"pipelines/next/dvc.yaml: metrics/read.json is missing (read){NEXT}"]),
], ids=["code", "missing code", "parameter", "new stage", "no lock", "command", "metrics", "missing metrics"])
def test_a_planted_fault_is_reported_with_its_cure(tree, plant, lines):
    plant(tree)
    assert committed.faults(tree) == lines


def test_a_stage_that_read_an_older_model_is_reported(tree):
    """The main pipeline has a new model, as on another processor, but the stage that reads it did not run again."""
    (tree / "artinv/code.py").write_text("2\n")
    Project(tree).run("dvc", "repro", "--quiet", "dvc.yaml", prepared=True)
    replaced("artinv/code.py", "2", "1")(tree)
    assert f"pipelines/next/dvc.yaml: read has read an older version of models/a{NEXT}" in committed.faults(tree)


def test_a_broken_lock_gives_one_line(tree):
    (tree / "dvc.lock").write_text("{")
    done = Project(tree).run("python", "-m", "tools.committed", check=False, PYTHONPATH=str(ROOT))
    assert done.returncode == 1
    assert done.stderr.startswith("dvc status: './dvc.lock' is invalid.")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def figures(everything, tmp_path):
    """Return a folder with headlines and details as the pipelines write them."""
    shutil.copytree(everything[0] / "metrics", tmp_path / "metrics")
    for headline in committed.HEADLINES[2:]:
        scores = headline.kind.read(tmp_path / headline.details, headline.target)
        write_json(tmp_path / headline.file, scores.headline)
    return tmp_path


def test_headlines_match_their_details_and_each_changed_figure_is_reported(figures):
    assert list(committed.headlines(figures)) == []
    for headline in committed.HEADLINES:
        path = figures / headline.file
        before = json.loads(path.read_text())
        for key in committed.flat(before):
            changed = json.loads(path.read_text())
            *sections, last = key.split(".")
            place = changed
            for section in sections:
                place = place[section]
            place[last] = 0.12345
            path.write_text(json.dumps(changed))
            (line,) = committed.headlines(figures)
            assert line.startswith(f"{headline.file}: '{key}' is 0.12345, ")
            assert line.endswith(f" in {headline.details}; run `make {headline.target}` and commit what it writes")
            write_json(path, before)


def test_metrics_with_other_fields_than_the_code_writes_are_reported(everything, tmp_path):
    shutil.copytree(everything[0] / "metrics", tmp_path / "metrics")
    assert list(committed.other_fields(tmp_path)) == []
    for name, (_, target) in committed.TYPED.items():
        path = tmp_path / name
        before = path.read_text()
        write_json(path, json.loads(before) | {"more": 1})
        line = f"{name}: its fields are not those that the code writes; run `make {target}` and commit what it writes"
        assert list(committed.other_fields(tmp_path)) == [line]
        write_json(path, {})
        (line,) = committed.other_fields(tmp_path)
        assert line.startswith(f"{name}: ")
        assert line.endswith(f"; run `make {target}`")
        path.write_text(before)


def test_a_headline_that_is_not_comparable_is_reported(figures):
    (figures / "metrics/loso.json").unlink()
    (figures / "metrics/details.json").write_text("{}")
    (figures / "metrics/abx.json").write_text("{")
    content = json.loads((figures / "metrics/real.json").read_text())
    del content["real"]
    write_json(figures / "metrics/real.json", content)
    scores, loso, abx_, real = committed.headlines(figures)
    assert scores.startswith("metrics/scores.json: is not comparable with metrics/details.json (ValidationError")
    assert loso.startswith("metrics/loso.json is missing; run `make loso`")
    assert abx_.startswith("metrics/abx.json: is not comparable with metrics/abx_details.json (JSONDecodeError")
    assert real.startswith("metrics/real.json: 'real.pearson' is missing, 0.")
