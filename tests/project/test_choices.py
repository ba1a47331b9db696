"""Tests do not depend on the results and parameters in the project's folder."""

import subprocess

import pytest
import yaml

from tests import conftest
from tools.deps import CHOICES, ROOT

FREE = "demo.longer", "clean.lags", "train.pooled_epochs", "models.layersum.sizes", "sim2real.universal.sizes", \
    "sim2real.universal.sources.weights"
"""Sections whose keys are chosen by the user."""


def perturbed(value):
    """Return another value of the same type."""
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


def test_a_clone_has_the_parameters_of_the_tests_and_no_results(tmp_path, monkeypatch):
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
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert copied == {"params.yaml", "artinv/code.py"}


@pytest.mark.parametrize(("first", "second"), [(ROOT / "params.yaml", CHOICES), (CHOICES, ROOT / "params.yaml")])
def test_both_params_files_have_the_same_keys(first, second):
    """The values may differ."""
    keys = [set(paths(yaml.safe_load(path.read_text(encoding="utf-8")))) for path in (first, second)]
    assert keys[0] - keys[1] == set(), f"only in {first.relative_to(ROOT)}; add to {second.relative_to(ROOT)}"


def paths(content, before=""):
    """Yield all keys; `a.b` is key `b` of section `a`."""
    for key, value in content.items():
        yield f"{before}{key}"
        if isinstance(value, dict) and f"{before}{key}" not in FREE:
            yield from paths(value, f"{before}{key}.")
