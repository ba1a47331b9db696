import ast

import pytest
from hypothesis import settings

from tests import house
from tests.conftest import SLOWEST

MODULES = sorted(
    str(path.relative_to(house.ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
    for path in house.ROOT.glob("artinv/**/*.py")
)
STAGES = [(file, name) for file in house.PIPELINES for name in house.stages(file)]


def layer(module):
    room = module.split(".")[1] if "." in module else ""
    return next((k for k, rooms in enumerate(house.LAYERS) if room in rooms), -1)


def test_every_module_has_a_room():
    assert [module for module in MODULES if module != "artinv" and layer(module) < 0] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module != "artinv"])
def test_imports_point_one_way(module):
    assert [name for name in house.imports(module) if name != "artinv" and layer(name) > layer(module)] == []


def test_no_circle():
    state = {}

    def visit(module):
        assert state.get(module) != "open", module
        if module not in state:
            state[module] = "open"
            for name in house.imports(module) - {module}:
                if not module.startswith(f"{name}."):
                    visit(name)
            state[module] = "done"

    for module in MODULES:
        visit(module)


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_a_stage_depends_on_exactly_what_it_imports_and_reads(file, name):
    stage = house.stages(file)[name]
    declared = [dep for dep in stage["deps"] if house.is_code(dep)]
    elsewhere = house.has_recipe(stage)
    code = [] if elsewhere else house.code_deps(stage["cmd"], set(stage.get("matrix", {})))
    assert declared == code, "run `python -m tests.house`"
    assert set(stage.get("params", [])) == (set() if elsewhere else house.param_keys(stage["cmd"]))
    assert stage["desc"]


PUSHED = ("data/demo/", "data/split.json", "data/loso/", "data/sim2real/people", "models/", "plots/articulators.png", "plots/loso")
"""What may go to a remote: synthetic recordings, names, models, scores, and figures over many utterances."""


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_nothing_is_pushed_but_what_may_be(file, name):
    """Metrics and plots that git holds are not cached."""
    stage = house.stages(file)[name]
    for out in [out for kind in ("outs", "plots", "metrics") for out in stage.get(kind, [])]:
        path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
        if options.get("cache", True) and not path.startswith(PUSHED):
            assert options.get("push") is False, path


@pytest.mark.parametrize(("files", "most"), [("artinv/**/*.py", 300), ("tests/*.py", 300), ("benchmarks/*.py", 300),
                                             ("stages/*.py", 50), ("tools/*.py", 300)])
def test_no_file_is_long(files, most):
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in house.ROOT.glob(files)}
    assert lines
    assert {str(path.relative_to(house.ROOT)): count for path, count in lines.items() if count > most} == {}


@pytest.mark.parametrize("module", ["artinv.errors", "artinv.params", "artinv.channels", "artinv.utterance", "artinv.files",
                                    "artinv.formats", "artinv.corpora", "artinv.normalize", "artinv.dataset", "artinv.splits"])
def test_no_torch_where_it_is_not_needed(module):
    names = house.closure(module)
    text = [house.path_of(name).read_text(encoding="utf-8") for name in names]
    for source in text:
        for node in ast.parse(source).body:
            top = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {getattr(node, "module", None)}
            assert "torch" not in top


def test_no_generator_is_without_a_seed():
    places = ("artinv", "stages", "pipelines", "benchmarks", "tests", "tools")
    files = [path for place in places for path in house.ROOT.glob(f"{place}/**/*.py")]
    drawn = [
        (node, f"{path.relative_to(house.ROOT)}:{node.lineno}")
        for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("default_rng", "random.Random"))
    ]
    assert len(drawn) > 30
    assert [place for node, place in drawn if not (given := [*node.args, *node.keywords]) or "None" in ast.unparse(given[0])] == []


def test_properties_are_tried_on_the_same_examples_every_time():
    assert settings.default.derandomize


def test_the_slowest_tests_are_there():
    assert [name for name in SLOWEST if not (house.ROOT / "tests" / name).is_file()] == []
