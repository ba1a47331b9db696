"""Derive the code dependencies of stages from imports; `make deps` writes them into the dvc.yaml files.

A stage depends on its script and on the folders of all modules that the script imports, directly or indirectly. Modules in
`artinv/runtime` do not change results and are left out.
"""

import ast
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
CHOICES = ROOT / "tests/params.yaml"
"""The params.yaml of the tests; the one in the root belongs to the user."""

PIPELINES = ["dvc.yaml", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pipelines/*/dvc.yaml"))]

ROOMS = (
    "runtime", "core", "signal", "phones", "measure", "formats", "corpora", "synth", "data", "predict", "learn", "evaluate",
    "inversion", "matching", "speaking", "abx", "checks", "show", "api", "commands", "__main__",
)
"""The folders of artinv/ in import order: a module imports only from its own or earlier folders, without circles."""

HARMLESS = "artinv.runtime"
MOST = 7
"""Maximum number of folders that a stage lists separately; beyond it, subfolders are replaced by their parent folder."""

REGISTRY = 'import_module(f"{__name__}.'
"""Source text that identifies a package whose modules are imported by name at run time."""


def path_of(module: str) -> Path | None:
    """Return the file of a module of this project, None for other modules."""
    base = ROOT / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


@cache
def tree_of(module: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of this project that a module imports, including imports within functions.

    The package itself imports its public names when a user first uses them; no module of the project does.
    """
    if module == "artinv":
        return frozenset()
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
    """Return a module and all its direct and indirect imports; a registry includes all its modules."""
    seen, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [*imports(name), *registered(name)]
    return seen


def registered(module: str) -> Iterator[str]:
    """Yield the modules of a registry; nothing for other modules."""
    path = path_of(module)
    if path.name == "__init__.py" and REGISTRY in path.read_text(encoding="utf-8"):
        yield from (f"{module}.{below.stem}" for below in path.parent.glob("[!_]*.py"))


def script_of(command: str) -> str:
    """Return the module that the command of a stage runs."""
    return command.split()[2]


def code_deps(command: str) -> list[str]:
    """Return the folders and the script that the results of a stage depend on."""
    script = script_of(command)
    modules = {name for name in closure(script) if name.startswith("artinv.") and not name.startswith(HARMLESS) and has_code(name)}
    folders = {path_of(name).parent.relative_to(ROOT) for name in modules}
    if len(folders) > MOST:
        folders = {folder if len(folder.parts) < 3 else folder.parent for folder in folders}
    outermost = [str(folder) for folder in folders if not folders & set(folder.parents)]
    return [*sorted(outermost), str(path_of(script).relative_to(ROOT))]


def has_code(module: str) -> bool:
    """Return whether a module contains more than its docstring."""
    return len(tree_of(module).body) > 1


def param_keys(command: str) -> set[str]:
    """Return the params.yaml keys that a stage reads: the sections of all `Params` classes that its modules load."""
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


def declared_params(file: str, command: str) -> list:
    """Return the `params` of a stage; of a pipeline with its own params.yaml, sections there and what a profile replaces."""
    keys, own = sorted(param_keys(command)), Path(file).parent / "params.yaml"
    if not keys or file == "dvc.yaml" or not (ROOT / own).exists():
        return keys
    return [{str(own): [key for section in keys for key in (f"profiles.${{profile}}.{section}", section)]}]


def stages(file: str) -> dict:
    """Read the stages of a pipeline file."""
    return YAML(typ="safe").load((ROOT / file).read_text(encoding="utf-8"))["stages"]


def is_code(dep: str) -> bool:
    """Return whether a dependency is code of this project."""
    return dep.split("/", maxsplit=1)[0] in ("artinv", "stages")


def main() -> None:
    """Write the dependencies and parameters of all stages of all pipelines."""
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
                stage["deps"][:] = deps  # keeps the style of the list
            params = declared_params(name, stage["cmd"])
            if params and list(stage.get("params", [])) != params:
                if "params" not in stage:
                    stage.insert(list(stage).index("deps") + 1, "params", params)
                stage["params"] = params
        text = StringIO()
        yaml.dump(content, text)
        (ROOT / name).write_text("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()), encoding="utf-8")


if __name__ == "__main__":
    main()
