import ast

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


def test_every_module_lies_in_a_room_and_every_room_has_modules():
    assert len(deps.ROOMS) <= 18
    assert sorted({room(module) for module in MODULES if module != "artinv"}) == sorted(deps.ROOMS)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "artinv"])
def test_imports_point_one_way(module):
    at = deps.ROOMS.index(room(module))
    assert [name for name in deps.imports(module) if name != "artinv" and deps.ROOMS.index(room(name)) > at] == []


def test_no_circle():
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
def test_a_stage_depends_on_exactly_what_it_imports_and_reads(file, name):
    stage = deps.stages(file)[name]
    declared = [dep for dep in stage["deps"] if deps.is_code(dep)]
    assert declared == deps.code_deps(stage["cmd"]), "run `make deps`"
    assert set(stage.get("params", [])) == deps.param_keys(stage["cmd"])
    assert stage["desc"]


PUSHED = ("data/demo/", "data/split.json", "data/loso/", "data/sim2real/people", "models/", "plots/articulators.png", "plots/loso")
"""What may go to a remote: synthetic recordings, names, models, scores, and figures over many utterances."""


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_nothing_is_pushed_but_what_may_be(file, name):
    """Metrics and plots that git holds are not cached."""
    stage = deps.stages(file)[name]
    for out in [out for kind in ("outs", "plots", "metrics") for out in stage.get(kind, [])]:
        path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
        if options.get("cache", True) and not path.startswith(PUSHED):
            assert options.get("push") is False, path


@pytest.mark.parametrize(("files", "most"), [("artinv/**/*.py", 300), ("tests/**/*.py", 300), ("benchmarks/*.py", 300),
                                             ("experiments/*.py", 300), ("tools/*.py", 300), ("stages/*.py", 30)])
def test_no_file_is_long(files, most):
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in deps.ROOT.glob(files)}
    assert lines
    assert {str(path.relative_to(deps.ROOT)): count for path, count in lines.items() if count > most} == {}


@pytest.mark.parametrize("module", ["artinv.runtime.errors", "artinv.runtime.params", "artinv.core.channels", "artinv.core.records", "artinv.core.files",
                                    "artinv.formats", "artinv.corpora", "artinv.data.normalize", "artinv.data.dataset", "artinv.data.splits"])
def test_no_torch_where_it_is_not_needed(module):
    names = deps.closure(module)
    text = [deps.path_of(name).read_text(encoding="utf-8") for name in names]
    for source in text:
        for node in ast.parse(source).body:
            top = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {getattr(node, "module", None)}
            assert "torch" not in top


def test_no_generator_is_without_a_seed():
    places = ("artinv", "stages", "benchmarks", "experiments", "tests", "tools")
    files = [path for place in places for path in deps.ROOT.glob(f"{place}/**/*.py")]
    drawn = [
        (node, f"{path.relative_to(deps.ROOT)}:{node.lineno}")
        for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("default_rng", "random.Random"))
    ]
    assert len(drawn) > 30
    assert [place for node, place in drawn if not (given := [*node.args, *node.keywords]) or "None" in ast.unparse(given[0])] == []


def test_properties_are_tried_on_the_same_examples_every_time():
    assert settings.default.derandomize


def test_no_choice_leaves_the_repository():
    """Whatever a stage reads lies in a folder that its `deps` can name."""
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


def test_no_stage_decides_by_what_lies_there():
    asked = [
        f"{path.name}:{node.lineno}" for path in sorted((deps.ROOT / "stages").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("exists", "is_file", "is_dir")
    ]
    assert asked == []


def test_the_slowest_tests_are_there():
    assert [name for name in SLOWEST if not list((deps.ROOT / "tests").rglob(name))] == []
