"""Shared fixtures: a small clone of the project in which the pipeline has run once, results, torch on one thread."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from tests.support.prepared import programs
from tools.deps import CHOICES, ROOT

settings.register_profile("artinv", deadline=None, derandomize=True, database=None)
settings.load_profile("artinv")  # the same examples in every run, without a time limit

collect_ignore = ["support/surroundings/sitecustomize.py"]  # some systems have a module of this name

SMALL = {
    "demo.sentences": 20,
    "demo.longer": {},
    "demo.speakers": ["F01", "M01", "F1", "fsew0", "maps0", "MNGU0"],
    "train.epochs": 2,
    "train.threads": 1,
    "train.pooled_epochs": {"strided": 1},
    "models.strided.dense": 8,
    "models.strided.width": 8,
    "evaluate.draws": 100,
    "loso.runs": ["indep-strided", "unseen-strided"],
    "loso.speakers": ["F01", "fsew0"],
    "loso.strangers": ["F01__fsew0"],
}
"""Changes to tests/params.yaml that let the pipeline run in a minute."""

OF_MAKE = "MAKEFLAGS", "MAKELEVEL", "MFLAGS"
"""Variables of `make test`; without them a `make` in a test prints what a user sees."""

SLOWEST = "test_pipeline.py", "test_repair.py", "test_bulk_processes.py", "test_signals.py", "test_pipeline_again.py"
"""Files that run first, so that no process has one of them left at the end. The files between the two pipeline tests take as long
as one run of the pipeline, which the second one would wait for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest files first."""
    items.sort(key=lambda item: SLOWEST.index(item.path.name) if item.path.name in SLOWEST else len(SLOWEST))


@dataclass(frozen=True)
class Project:
    """A clone of the project."""

    root: Path

    def run(
        self, *command: str, check: bool = True, workers: int = 2, prepared: bool = False, **more: str,
    ) -> subprocess.CompletedProcess:
        """Run a command in the activated environment, with additional environment variables `more`; see `prepared.programs`."""
        env = self.environment(workers) | more
        if prepared and (folder := programs()):
            env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def environment(self, workers: int = 2) -> dict[str, str]:
        """Return the environment variables for commands."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        outer = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        return {
            **outer, "PATH": path, "LOKY_MAX_CPU_COUNT": str(workers),
            "PYTHONPATH": str(ROOT / "tests/support/surroundings"), "NETWORK_LOG": str(self.network),
        }

    @property
    def network(self) -> Path:
        """File that lists attempts to reach other machines."""
        return self.root.with_name(f"{self.root.name}.network")

    def set(self, changes: dict) -> None:
        """Change values of params.yaml; keys as for `change`."""
        rewrite(self.root / "params.yaml", changes)

    def repro(self) -> list[str]:
        """Run `dvc repro` with one worker, the fastest for so little data; return the names of the stages that ran."""
        out = self.run("dvc", "repro", workers=1, prepared=True).stdout
        return [line.split("'")[1] for line in out.splitlines() if line.startswith("Running stage")]


def rewrite(path: Path, changes: Mapping[str, object]) -> None:
    """Change values of a YAML file, whose comments stay; keys as for `change`."""
    yaml = YAML()
    content = yaml.load(path.read_text(encoding="utf-8"))
    change(content, changes)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def change(content: dict, changes: Mapping[str, object]) -> None:
    """Set values by key; `a.b` is key `b` of section `a`."""
    for key, value in changes.items():
        *sections, last = key.split(".")
        place = content
        for section in sections:
            place = place[section]
        place[last] = value


def clone(folder: Path) -> Project:
    """Copy all files that git would track except results, with the tests' params.yaml, into a repository with one commit."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in names.stdout.splitlines():
        result = name.endswith("dvc.lock") or name.startswith(("metrics/", "plots/", "data/", "models/"))
        result &= not name.endswith(".gitignore")  # DVC would write them in the order in which stages end
        if (ROOT / name).is_file() and not result:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copy(CHOICES, folder / "params.yaml")
    project = Project(folder)
    project.run("git", "init", "--quiet")
    project.run("git", "config", "user.email", "test@example.org")
    project.run("git", "config", "user.name", "test")
    project.set(SMALL)
    project.run("git", "add", ".")
    project.run("git", "commit", "--quiet", "--message", "start")
    return project


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run the complete pipeline once on a few synthetic speakers; each test process gets its own copy."""
    own = tmp_path_factory.mktemp("pipeline") / "project"
    built = Project(own if "PYTEST_XDIST_WORKER" not in os.environ else tmp_path_factory.getbasetemp().parent / "project")
    with built.root.with_name("project.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (done := built.root.with_name("project.done")).exists():
            shutil.rmtree(built.root, ignore_errors=True)
            clone(built.root).repro()
            done.touch()
    if built.root != own:
        shutil.copytree(built.root, own, symlinks=True)
    assert not built.network.exists(), built.network.read_text()
    return Project(own)


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """Return a folder of results of each kind, and the objects they were written from."""
    from tests.support import results_for_tests
    folder = tmp_path_factory.mktemp("results")
    return folder, results_for_tests.everything(folder)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Limit torch to one thread while the tests of a module run."""
    import torch
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
