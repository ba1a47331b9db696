"""Tests judge the code: what was run or chosen in the folder of the project does not reach them."""

import subprocess

import pytest
import yaml

from tests import conftest
from tools.deps import CHOICES, ROOT

FREE = "demo.longer", "clean.lags", "train.pooled_epochs", "models.layersum.sizes", "sim2real.universal.sizes"
"""Sections whose keys are choices themselves."""


def perturbed(value):
    """Another value of the same kind."""
    match value:
        case dict():
            return {key: perturbed(item) for key, item in value.items()}
        case bool():
            return not value
        case int() | float():
            return value * 2 + 1
        case list():
            return value[1:] or ["another"]
    return f"another {value}"


def test_a_clone_holds_the_tests_choices_and_no_results_whatever_the_project_holds(tmp_path, monkeypatch):
    user = tmp_path / "user"
    choices = yaml.safe_load(CHOICES.read_text(encoding="utf-8"))
    files = ("params.yaml", "artinv/code.py", "dvc.lock", "pipelines/abx/dvc.lock", "metrics/scores.json", "plots/loss.csv",
             "data/split.json", "models/inverter.safetensors")
    for name in files:
        (user / name).parent.mkdir(parents=True, exist_ok=True)
        (user / name).write_text("the user's")
    (user / "params.yaml").write_text(yaml.safe_dump(perturbed(choices)))
    subprocess.run(["git", "init", "--quiet"], cwd=user, check=True)
    monkeypatch.setattr(conftest, "ROOT", user)
    folder = conftest.clone(tmp_path / "clone").root
    conftest.change(choices, conftest.SMALL)
    assert yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8")) == choices
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert found == {"params.yaml", "artinv/code.py"}


@pytest.mark.parametrize(("one", "other"), [(ROOT / "params.yaml", CHOICES), (CHOICES, ROOT / "params.yaml")])
def test_the_tests_choose_all_that_can_be_chosen(one, other):
    """And nothing else; the values may differ."""
    keys = [set(paths(yaml.safe_load(path.read_text(encoding="utf-8")))) for path in (one, other)]
    assert keys[0] - keys[1] == set(), f"in {one.relative_to(ROOT)} alone; add to {other.relative_to(ROOT)}"


def paths(content, before=""):
    """Keys, `a.b` being a part of `a`."""
    for key, value in content.items():
        yield f"{before}{key}"
        if isinstance(value, dict) and f"{before}{key}" not in FREE:
            yield from paths(value, f"{before}{key}.")
