"""Pipelines with a params.yaml of their own: clones in which one runs, and checks of its parameters."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from artinv.runtime.errors import BadParams
from tests.conftest import Project, change, clone, rewrite
from tests.support import running
from tools.deps import ROOT


def own_file(name: str) -> Path:
    """Return the params.yaml of a pipeline, which belongs to the user."""
    return ROOT / f"pipelines/{name}/params.yaml"


def file_of_tests(name: str) -> Path:
    """Return the parameters of a pipeline in the tests."""
    return ROOT / f"tests/{name}_params.yaml"


@dataclass(frozen=True)
class Neighbour(Project):
    """A clone of the project for one pipeline, with the parameters of the tests in the smallest profile."""

    name: str

    @classmethod
    def of(cls, name: str, folder: Path) -> "Neighbour":
        """Clone the project into a new folder."""
        made = cls(clone(folder).root, name)
        shutil.copy(file_of_tests(name), made.params)
        made.put("profile", "smoke")
        return made

    @classmethod
    def complete(cls, name: str, folders: pytest.TempPathFactory, stages: list[str]) -> "Neighbour":
        """Clone the project and run the pipeline once; stages that do not depend on each other run in any order."""
        made = cls.of(name, folders.mktemp(name) / "project")
        assert sorted(made.ran()) == sorted(stages)
        return made

    @property
    def params(self) -> Path:
        """The params.yaml of the pipeline."""
        return self.root / f"pipelines/{self.name}/params.yaml"

    @property
    def pipeline(self) -> str:
        """The dvc.yaml of the pipeline, relative to the root."""
        return f"pipelines/{self.name}/dvc.yaml"

    def put(self, key: str, value: object) -> None:
        """Change a value of the pipeline's params.yaml; `a.b` is key `b` of section `a`."""
        rewrite(self.params, {key: value})

    def ran(self, *stages: str) -> list[str]:
        """Run the pipeline, or stages of it without those of other pipelines; return the names of the stages that ran.

        They have one worker, the fastest for so little data.
        """
        words = ["--single-item", *(f"{self.pipeline}:{stage}" for stage in stages)] if stages else [self.pipeline]
        out = self.run("dvc", "repro", *words, workers=1, prepared=True).stdout
        return [line.split("'")[1].rpartition(":")[2] for line in out.splitlines() if line.startswith("Running stage")]

    def refused(self, capsys: pytest.CaptureFixture, key: str, value: object) -> str:
        """Return the line with which the first stage refuses a value of the params.yaml, which is then restored."""
        before = self.params.read_bytes()
        self.put(key, value)
        try:
            return running.refused(capsys, running.stage, self.root, f"{self.name}_choices")
        finally:
            self.params.write_bytes(before)

    def assert_reruns(self, stages: list[str], key: str, value: object, unused: str, *only: str) -> None:
        """Assert that a changed value of another profile runs `choices` at most, this one these stages in turn, a further run none.

        `only` are the stages that may run, of a pipeline that depends on others.
        """
        self.put(unused, 77)
        assert set(self.ran(*only)) <= {"choices"}
        self.put(key, value)
        assert self.ran(*only) == stages
        assert self.ran(*only) == []

    def reported(self) -> str:
        """Return the page that `artinv report` writes."""
        running.command(self.root, "report", "-o", "page.html")
        return (self.root / "page.html").read_text(encoding="utf-8")


def assert_source(path: Path, origin: str) -> None:
    """Assert that a metrics file names the origin of its data, the software and the seed."""
    content = json.loads(path.read_text(encoding="utf-8"))
    facts = content | content.get("run", {})
    assert facts["origin"] == origin
    assert all(name in facts["made_by"] for name in ("artinv", "python", "numpy", "torch", "seed"))


def assert_refused(folder: Path, name: str, changes: Mapping[str, object], check: Callable[[Path], None], message: str) -> None:
    """Assert that the parameters of the tests, changed, have a fault that is one line, names the file and matches a message."""
    path = written(folder, name, changes)
    with pytest.raises(BadParams, match=message) as caught:
        check(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def written(folder: Path, name: str, changes: Mapping[str, object]) -> Path:
    """Write the parameters of the tests with some values changed; return their file."""
    content = read(file_of_tests(name))
    change(content, changes)
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def read(path: Path) -> dict:
    """Read a params.yaml."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def keys(path: Path) -> dict[str, list[str]]:
    """Return section -> its keys, of a params.yaml."""
    return {key: list(value) for key, value in read(path).items() if isinstance(value, dict)}


def explained(path: Path) -> int:
    """Return the number of keys of a params.yaml, each of which has a comment before it; keys that follow one another share it."""
    text = path.read_text(encoding="utf-8").split("\nprofiles:")[0]
    groups = re.findall(r"((?:^ *#.*\n)*)((?:^  \w+:.*\n)+)", text, re.MULTILINE)
    assert all(comment for comment, _ in groups)
    return sum(lines.count(":") for _, lines in groups)
