"""The structure of the repository: import order, stage dependencies, file lengths, seeds and paths."""

import ast
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

from tests.conftest import SLOWEST
from tools import deps

MODULES = sorted(
    str(path.relative_to(deps.ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
    for path in deps.ROOT.glob("artinv/**/*.py")
)
STAGES = [(file, name) for file in deps.PIPELINES for name in deps.stages(file)]


def room(module):
    return module.split(".")[1]


def test_each_module_lies_in_a_listed_folder_and_each_folder_has_modules():
    assert len(deps.ROOMS) <= 25
    assert sorted({room(module) for module in MODULES if module != "artinv"}) == sorted(deps.ROOMS)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "artinv"])
def test_a_module_imports_only_from_its_own_or_earlier_folders(module):
    position = deps.ROOMS.index(room(module))
    assert [name for name in deps.imports(module) if name != "artinv" and deps.ROOMS.index(room(name)) > position] == []


def test_imports_have_no_circle():
    state = {}

    def visit(module):
        assert state.get(module) != "open", module
        if module not in state:
            state[module] = "open"
            for name in deps.imports(module) - {module}:
                if not module.startswith(f"{name}."):
                    visit(name)
            state[module] = "done"

    for module in MODULES:
        visit(module)


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_a_stage_declares_exactly_its_imports_and_parameters(file, name):
    stage = deps.stages(file)[name]
    declared = [dep for dep in stage["deps"] if deps.is_code(dep)]
    assert declared == deps.code_deps(stage["cmd"]), "run `make deps`"
    assert stage.get("params", []) == deps.declared_params(file, stage["cmd"])
    assert stage["desc"]


def test_a_change_of_learning_reruns_training_and_what_follows_only():
    learning = {"artinv/learn", "artinv/evaluate", "artinv/show", "artinv/show/results", "artinv/inversion", "artinv/abx"}
    before = {"ingest", "clean", "features", "normalize", "split", "demo", "people"}
    dependent = {name for file, name in STAGES if learning & set(deps.stages(file)[name]["deps"])}
    assert not before & dependent
    assert {"train", "fold", "strangers", "evaluate"} <= dependent
    assert not [name for file, name in STAGES if "artinv/runtime" in deps.stages(file)[name]["deps"]]


CHECKED = [(file, name) for file, name in STAGES if name == "choices" and file != "dvc.yaml"]
"""The first stages of pipelines with a params.yaml of their own."""


def test_each_pipeline_begins_with_the_check_of_all_parameters():
    """A stage that reads no output of another stage depends on the output of the check, or checks its pipeline's own file."""
    def below(path, folder):
        return path == folder or path.startswith(f"{folder}/")

    stages = {place: deps.stages(place[0])[place[1]] for place in STAGES}
    outs = [next(iter(out)) if isinstance(out, dict) else out
            for name, stage in stages.items() if name != ("dvc.yaml", "choices") for out in stage.get("outs", [])]
    first = {name for name, stage in stages.items() if not any(
        below(out, dep) or below(dep, out) for dep in stage["deps"] if not deps.is_code(dep) for out in outs)}
    assert first == {("dvc.yaml", "choices"), ("dvc.yaml", "ingest"), ("pipelines/demo/dvc.yaml", "demo"),
                     ("pipelines/sim2real/dvc.yaml", "people"), *CHECKED}
    assert stages["dvc.yaml", "choices"]["outs"] == ["data/choices.txt"]
    assert "params.yaml" in stages["dvc.yaml", "choices"]["deps"]
    assert all("data/choices.txt" in stages[name]["deps"] for name in first - {("dvc.yaml", "choices"), *CHECKED})
    for file, name in CHECKED:
        assert str(Path(file).parent / "params.yaml") in stages[file, name]["deps"]


PUSHED = ("data/choices.txt", "data/demo/", "data/split.json", "data/loso/", "data/sim2real/people", "data/matching/",
          "data/factors/", "data/layers/", "data/digits/choices.txt", "data/digits/spoken", "models/", "plots/articulators.png",
          "plots/loso", "plots/factors")
"""Outputs that may go to a remote: synthetic recordings, ids, models, scores, and plots over many utterances."""


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_only_permitted_outputs_are_pushed(file, name):
    """Metrics and plots in git are not cached."""
    stage = deps.stages(file)[name]
    for out in [out for kind in ("outs", "plots", "metrics") for out in stage.get(kind, [])]:
        path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
        if options.get("cache", True) and not path.startswith(PUSHED):
            assert options.get("push") is False, path


@pytest.mark.parametrize(("files", "most"), [("artinv/**/*.py", 300), ("tests/**/*.py", 300), ("benchmarks/*.py", 300),
                                             ("experiments/*.py", 300), ("tools/*.py", 300), ("stages/*.py", 30),
                                             ("dvc.yaml", 150)])
def test_no_file_is_too_long(files, most):
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in deps.ROOT.glob(files)}
    assert lines
    assert {str(path.relative_to(deps.ROOT)): count for path, count in lines.items() if count > most} == {}


@pytest.mark.parametrize("module", [
    "artinv.runtime.errors", "artinv.runtime.params", "artinv.core.channels", "artinv.core.records", "artinv.core.files",
    "artinv.formats", "artinv.corpora", "artinv.data.normalize", "artinv.data.dataset", "artinv.data.splits",
])
def test_modules_without_networks_do_not_import_torch(module):
    names = deps.closure(module)
    text = [deps.path_of(name).read_text(encoding="utf-8") for name in names]
    for source in text:
        for node in ast.parse(source).body:
            top = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {getattr(node, "module", None)}
            assert "torch" not in top


def test_each_random_generator_has_a_seed():
    places = ("artinv", "stages", "benchmarks", "experiments", "tests", "tools")
    files = [path for place in places for path in deps.ROOT.glob(f"{place}/**/*.py")]
    generators = [
        (node, f"{path.relative_to(deps.ROOT)}:{node.lineno}")
        for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("default_rng", "random.Random"))
    ]
    assert len(generators) > 30
    assert [place for node, place in generators
            if not (given := [*node.args, *node.keywords]) or "None" in ast.unparse(given[0])] == []


def test_property_tests_use_the_same_examples_in_every_run():
    assert settings.default.derandomize


def test_no_parameter_names_a_path_outside_the_repository():
    """All inputs of a stage lie in folders that its `deps` can name."""
    def texts(value):
        if isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from texts(item)
        elif isinstance(value, str):
            yield value

    files = [deps.ROOT / "params.yaml", *deps.ROOT.glob("pipelines/*/params.yaml")]
    outside = [text for path in files for text in texts(yaml.safe_load(path.read_text(encoding="utf-8")))
               if text.startswith(("/", "~")) or ".." in text.split("/")]
    assert outside == []


def test_no_stage_checks_whether_a_file_exists():
    checks = [
        f"{path.name}:{node.lineno}" for path in sorted((deps.ROOT / "stages").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("exists", "is_file", "is_dir")
    ]
    assert checks == []


FOLDERS = "data", "metrics", "plots", "models", "reports"


def test_only_the_workspace_names_the_files_of_a_project():
    """Other code gets paths as arguments; messages and help texts may name files."""
    files = [path for place in ("artinv", "stages") for path in deps.ROOT.glob(f"{place}/**/*.py") if path.name != "workspace.py"]
    named = [
        f"{path.relative_to(deps.ROOT)}:{node.lineno}: {node.value}"
        for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and node.value.startswith(tuple(f"{folder}/" for folder in FOLDERS)) and len(node.value.split()) == 1
    ]
    assert named == []


def test_only_entry_points_use_the_current_folder():
    """Worker processes return to the folder of their parent process, so that relative paths of a user are valid there."""
    allowed = {
        "artinv/core/workspace.py", "artinv/__main__.py", "artinv/runtime/parallel.py",
        "artinv/runtime/parallel_folds.py", "artinv/runtime/repair.py",
        "artinv/commands/report.py", "artinv/show/report/sources.py",  # these two print relative names
        "tests/support/prepared.py", "tests/support/running.py", "tests/runtime/test_parallel.py",
    }
    calls = {
        str(path.relative_to(deps.ROOT)) for place in ("artinv", "tests") for path in deps.ROOT.glob(f"{place}/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        if ast.unparse(node.func).endswith(("chdir", "getcwd", ".cwd"))
        or (place == "artinv" and not node.args and ast.unparse(node.func) in ("Path", "Workspace"))
    }
    assert calls == allowed


def test_the_files_listed_as_slowest_exist():
    assert [name for name in SLOWEST if not list((deps.ROOT / "tests").rglob(name))] == []
