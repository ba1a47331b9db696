"""The paths of a project: the same names below any root, and the names that the stages declare."""

from pathlib import Path

import pytest

from artinv.core.workspace import Workspace
from artinv.digits.workspace import DigitsFiles
from artinv.factors.workspace import FactorFiles
from artinv.live.workspace import LiveWorkspace
from artinv.neural.workspace import NeuralFiles
from tools import deps

NEIGHBOURS = LiveWorkspace(), DigitsFiles(), FactorFiles(Workspace()), NeuralFiles()
"""The files of pipelines that have names of their own."""

PATHS = [name for name in vars(Workspace) if isinstance(getattr(Workspace(), name), Path) and name != "root"]


def declared():
    """Return the outputs and dependencies of all stages, without the names that a stage fills in."""
    stages = [stage for file in deps.PIPELINES for stage in deps.stages(file).values()]
    entries = [entry for stage in stages for kind in ("deps", "outs", "metrics", "plots") for entry in stage.get(kind, [])]
    return {str(next(iter(entry)) if isinstance(entry, dict) else entry).partition("/${")[0] for entry in entries}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_the_same_below_every_root(name, tmp_path):
    relative = getattr(Workspace(), name)
    assert not relative.is_absolute()
    assert getattr(Workspace(tmp_path), name) == tmp_path / relative
    assert getattr(Workspace(Path("a/b")), name) == Path("a/b") / relative


def test_two_names_never_mean_the_same_path():
    assert len({getattr(Workspace(), name) for name in PATHS}) == len(PATHS) > 40


def test_making_a_workspace_and_asking_for_paths_creates_nothing(tmp_path):
    workspace = Workspace(tmp_path / "new")
    assert [getattr(workspace, name).exists() for name in PATHS] == [False] * len(PATHS)
    assert list(tmp_path.iterdir()) == []


def test_the_stages_declare_the_paths_of_a_workspace():
    workspace = Workspace()
    named = {str(getattr(workspace, name)) for name in PATHS} | {str(workspace.model(name)) for name in ("inverter", "ridge")}
    named.add(str(workspace.split.with_name("choices.txt")))  # only its existence matters
    values = (getattr(files, name) for files in NEIGHBOURS for name in vars(type(files)))
    own = {str(value) for value in values if isinstance(value, Path)}
    data = {path for path in declared() if not deps.is_code(path) and not path.startswith("$")}
    assert data <= named | own
    optional = {str(path) for path in (workspace.params, workspace.models, workspace.universal_state, workspace.stability,
                                       workspace.bench)}
    assert named - optional <= data  # params.yaml, the folder of models, and files outside the pipelines are not declared
