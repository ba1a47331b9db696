"""The Python that forks from a prepared process runs a stage as any other does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.support import prepared
from tools.deps import ROOT

STAGE = """
import json, os, sys
import other
mode = os.umask(0)
print(json.dumps({
    "words": sys.argv[1:], "folder": os.getcwd(), "other": other.__file__, "variable": os.environ.get("OWN"), "mode": mode,
    "home": os.environ.get("HOME"), "name": __name__, "input": sys.stdin.read(), "torch": "torch" in sys.modules}))
print("fault", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def programs():
    return prepared.programs() or pytest.skip("coverage is measured, or a socket cannot have so long a path")


@pytest.fixture
def project(programs, tmp_path):
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").touch()
    (tmp_path / "stages/toy.py").write_text(STAGE)
    (tmp_path / "other.py").touch()
    return Project(tmp_path)


def test_a_stage_has_the_surroundings_and_the_exit_code_of_its_caller(programs, project):
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "OWN": "1"}
    for code in (0, 3):
        done = subprocess.run(["sh", "-c", f"umask 027; exec python -m stages.toy {code} b"], cwd=project.root, env=env, input="in",
                              capture_output=True, text=True, check=False)
        assert json.loads(done.stdout) == {
            "words": [str(code), "b"], "folder": str(project.root), "other": str(project.root / "other.py"), "variable": "1",
            "home": None, "mode": 0o027, "name": "__main__", "input": "in", "torch": True}
        assert (done.returncode, done.stderr) == (code, "fault\n")


def test_an_exception_is_an_exit_code_with_a_traceback(project):
    (project.root / "other.py").write_text("raise KeyError('lost')")
    done = project.run("python", "-m", "stages.toy", "0", check=False, prepared=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "KeyError: 'lost'"


def test_the_network_is_out_of_reach(project):
    (project.root / "other.py").write_text("import socket; socket.create_connection(('192.0.2.1', 80), 1)")
    done = project.run("python", "-m", "stages.toy", "0", check=False, prepared=True)
    assert "Network is unreachable" in done.stderr
    assert "192.0.2.1" in project.network.read_text()


def test_all_else_is_run_by_python_itself(project):
    done = project.run("python", "-c", "import sys; print(sys.executable, 'torch' in sys.modules)", prepared=True)
    assert done.stdout.split() == [sys.executable, "False"]


@pytest.mark.usefixtures("programs")
def test_the_process_ends_with_that_which_has_started_it():
    code = "from tests.support import prepared; prepared.LIBRARIES = (); print(prepared.programs())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    folder = Path(done.stdout.strip())
    assert folder.is_absolute()
    assert not folder.exists()
