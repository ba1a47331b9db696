"""DVC with the project's settings: without git, without a home folder, and with two simultaneous runs."""

import shutil
import subprocess
import time

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser

from tests.conftest import Project
from tools.deps import ROOT

STAGE = """stages:
  one:
    cmd: touch begun; while [ ! -e go ]; do sleep 0.02; done; echo whole > result
    outs: [result]
"""


@pytest.fixture
def project(tmp_path):
    """Return a project with the DVC settings and one stage that waits for a file, without git."""
    folder = tmp_path / "project"
    (folder / ".dvc").mkdir(parents=True)
    for name in (".dvc/config", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "dvc.yaml").write_text(STAGE)
    return Project(folder)


def test_simultaneous_runs_work_without_git_and_without_a_home_folder(project):
    """The second run names the process that blocks it, the first one finishes, and a third run does nothing."""
    no_home = {name: str(project.root / "nowhere") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    no_git = no_home | {"GIT_CEILING_DIRECTORIES": str(project.root.parent)}
    assert "is not a git repository" in project.run("dvc", "status", check=False, **no_git).stderr
    project.run("dvc", "config", "--local", "core.no_scm", "true", **no_git)  # as the Makefile does
    with subprocess.Popen(["dvc", "repro"], cwd=project.root, env=project.environment() | no_git, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as first:
        end = time.monotonic() + 120
        while not (project.root / "begun").exists() and first.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        second = project.run("dvc", "repro", check=False, **no_git)
        (project.root / "go").touch()
        output, _ = first.communicate(timeout=120)
    assert first.returncode == 0, output
    assert (project.root / "result").read_text() == "whole\n"
    assert second.returncode != 0
    assert "is busy, it is being blocked by" in second.stderr
    assert f"(PID {first.pid}): " in second.stderr
    assert "Traceback" not in second.stdout + second.stderr
    assert "Running stage" not in project.run("dvc", "repro", **no_git).stdout
    assert not project.network.exists()


def test_make_repro_prints_the_table_once_whether_the_stage_runs_or_not(project):
    root = project.root
    shutil.copy(ROOT / "Makefile", root)
    shutil.copy(ROOT / "requirements.txt", root)
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/.ready").touch()  # `make` finds the environment complete
    (root / ".venv/bin/python").write_text("#!/bin/sh\necho table by: python $*\n")
    (root / ".venv/bin/python").chmod(0o755)
    (root / "dvc.yaml").write_text("stages: {evaluate: {cmd: 'echo table by: the stage && cp in out', deps: [in], outs: [out]}}\n")
    (root / "in").write_text("1")
    project.run("git", "init", "--quiet")

    def tables():
        return [line for line in project.run("make", "repro").stdout.splitlines() if line.startswith("table by")]

    assert tables() == ["table by: the stage"]
    assert tables() == ["table by: python -m artinv scores"]
    (root / "in").unlink()
    assert project.run("make", "repro", check=False).returncode == 2


def test_dvc_uses_the_fast_yaml_parser():
    """The lock files are long."""
    assert issubclass(YAML(typ="safe").Parser, CParser)
