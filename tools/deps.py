"""The structure of the code as its imports show it; `make deps` writes the code that each stage depends on into the dvc.yaml files.

A stage depends on folders: those of all modules that its script imports, directly or not, and the script itself. What lies in
`artinv/runtime` changes no result and is left out.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
CHOICES = ROOT / "tests/params.yaml"
"""What tests take for params.yaml, which is the user's."""

PIPELINES = ["dvc.yaml", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pipelines/*/dvc.yaml"))]

ROOMS = (
    "runtime", "core", "signal", "measure", "formats", "corpora", "synth", "data", "learn", "evaluate", "invert", "checks", "abx",
    "show", "commands", "__main__",
)
"""The folders of artinv/ in import order: a module imports only from folders before its own, or from its own without a circle."""

HARMLESS = "artinv.runtime"
MOST = 7
"""Folders that a stage names one by one; beyond, those that lie in one folder are named together."""

REGISTRY = 'import_module(f"{__name__}.'
"""By this a package is known whose modules are imported by name at run time."""


def path_of(module: str) -> Path | None:
    """The file of a module of this project."""
    base = ROOT / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


@cache
def tree_of(module: str) -> ast.Module:
    """A module's code."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """Modules of this project that a module names in its import statements, at any depth of its code."""
    names = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name for name in below if path_of(name)} or {node.module}
            names.add(node.module)
    return frozenset(name for name in names if name.split(".")[0] in ("artinv", "stages") and path_of(name))


def closure(module: str) -> set[str]:
    """A module and all that it imports, directly or not; with the package of a registry come all modules of it."""
    seen, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [*imports(name), *registered(name)]
    return seen


def registered(module: str) -> Iterator[str]:
    """The modules of a package that is a registry; none of any other module."""
    path = path_of(module)
    if path.name == "__init__.py" and REGISTRY in path.read_text(encoding="utf-8"):
        yield from (f"{module}.{below.stem}" for below in path.parent.glob("[!_]*.py"))


def script_of(command: str) -> str:
    """The module that a stage runs."""
    return command.split()[2]


def code_deps(command: str) -> list[str]:
    """The folders and the script that a stage's result depends on."""
    script = script_of(command)
    modules = {name for name in closure(script) if name.startswith("artinv.") and not name.startswith(HARMLESS) and has_code(name)}
    folders = {path_of(name).parent.relative_to(ROOT) for name in modules}
    if len(folders) > MOST:
        folders = {folder if len(folder.parts) < 3 else folder.parent for folder in folders}
    outermost = [str(folder) for folder in folders if not folders & set(folder.parents)]
    return [*sorted(outermost), str(path_of(script).relative_to(ROOT))]


def has_code(module: str) -> bool:
    """Whether there is more to a module than its docstring."""
    return len(tree_of(module).body) > 1


def param_keys(command: str) -> set[str]:
    """The params.yaml keys that a stage reads: the sections of the `Params` classes whose `load` it or a module of it calls."""
    trees = [tree_of(module) for module in closure(script_of(command))]
    classes = {}
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        fields = {item.target.id: item.value for item in node.body if isinstance(item, ast.AnnAssign)}
        classes[node.name] = fields, [base.id for base in node.bases if isinstance(base, ast.Name)]

    def section_of(name: str) -> str:
        fields, bases = classes.get(name, ({}, []))
        return fields["section"].value if "section" in fields else next(filter(None, map(section_of, bases)), "")

    def keys_of(name: str) -> set[str]:
        fields, bases = classes.get(name, ({}, []))
        if section := section_of(name):
            return {section}
        return set(fields) - {"section"} | {key for base in bases for key in keys_of(base)}

    def is_params(name: str) -> bool:
        return name == "Params" or any(is_params(base) for base in classes.get(name, ({}, []))[1])

    calls = (node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    loads = (call.value for call in calls if isinstance(call, ast.Attribute) and call.attr == "load")
    loaded = {getattr(place, "attr", getattr(place, "id", "")) for place in loads}
    return {key for name in loaded if is_params(name) for key in keys_of(name)}


def stages(file: str) -> dict:
    """The stages of a pipeline file."""
    return YAML(typ="safe").load((ROOT / file).read_text(encoding="utf-8"))["stages"]


def is_code(dep: str) -> bool:
    """A dependency on this project's own code."""
    return dep.split("/", maxsplit=1)[0] in ("artinv", "stages")


def main() -> None:
    """Write the dependencies of all pipelines."""
    yaml = YAML()
    yaml.width = 132
    yaml.indent(mapping=2, sequence=4, offset=2)
    for name in PIPELINES:
        content = yaml.load((ROOT / name).read_text(encoding="utf-8"))
        for stage in content["stages"].values():
            deps = [*(dep for dep in stage.get("deps", []) if not is_code(dep)), *code_deps(stage["cmd"])]
            if list(stage.get("deps", [])) != deps:
                if "deps" not in stage:
                    stage.insert(list(stage).index("cmd") + 1, "deps", deps)
                stage["deps"] = deps
            keys = sorted(param_keys(stage["cmd"]))
            if keys and list(stage.get("params", [])) != keys:
                if "params" not in stage:
                    stage.insert(list(stage).index("deps") + 1, "params", keys)
                stage["params"] = keys
        with (ROOT / name).open("w", encoding="utf-8") as file:
            yaml.dump(content, file)


if __name__ == "__main__":
    main()
