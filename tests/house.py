"""The structure of the code as its imports show it; `python -m tests.house` writes code dependencies into the dvc.yaml files."""

import ast
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
CHOICES = ROOT / "tests/params.yaml"
"""What tests take for params.yaml, which is the user's."""

PIPELINES = ["dvc.yaml", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pipelines/*/dvc.yaml"))]

HARMLESS = {"artinv.errors", "artinv.progress", "artinv.parallel", "artinv.params", "artinv"}
"""Modules that cannot change a stage's output: how faults and progress are shown, how work is spread, how choices are read."""

LAYERS = [
    {"errors"}, {"files"}, {"provenance"}, {"params"}, {"channels"}, {"utterance"}, {"store"}, {"progress"}, {"parallel"},
    {"flow"}, {"corpus"},
    {"mfcc"}, {"ssl", "acoustics"}, {"formats"}, {"synth"}, {"corpora"}, {"demo"}, {"ingest"}, {"parts"},
    {"gaps", "resample", "endpoints", "lag", "fitness", "tally", "clean", "cleaning"}, {"checks"}, {"jumps"}, {"frame"},
    {"features"}, {"normalize"}, {"dataset"}, {"splits"}, {"batches"}, {"losses", "layers", "warp"}, {"models"}, {"predict"},
    {"resume", "train"},
    {"fitting"}, {"metrics"}, {"intervals", "adapt"}, {"calibration"}, {"bootstrap"}, {"evaluate"}, {"strangers"}, {"folds"},
    {"tables"},
    {"plots"}, {"page"}, {"report"}, {"scoring"}, {"trajectory", "hearing"},
    {"abx", "augment", "people", "real", "sim2real", "universal", "resynthesis"},
    {"voice"}, {"inversion"}, {"export"}, {"bulk"}, {"view"}, {"commands"}, {"__main__"},
]
"""The rooms in import order: a module imports only from rooms above its own, or from its own without a circle."""


def path_of(module: str) -> Path | None:
    """The file of a module of this project."""
    base = ROOT / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


@cache
def imports(module: str) -> frozenset[str]:
    """Modules of this project that a module names in its import statements, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in below if path_of(name)} or {node.module}
            found.add(node.module)
    return frozenset(name for name in found if name.split(".")[0] in ("artinv", "stages") and path_of(name))


def closure(module: str) -> set[str]:
    """A module and all that it imports, directly or not; a package stands for its `__init__`."""
    seen, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imports(name)
    return seen


def script_of(command: str) -> str:
    """The module whose code a stage's result depends on; `stages.recipe` writes down what another one depends on."""
    _, _, script, *words = command.split()
    return f"stages.{words[0]}" if script == "stages.recipe" else script


def code_deps(command: str, keys: set[str]) -> list[str]:
    """The files that the stage's result depends on; a registry contributes the module that the stage's key names, or all."""
    modules = closure(script_of(command))
    files = {str(path_of(name).relative_to(ROOT)) for name in modules - HARMLESS if name != "stages"}
    if "artinv.corpora" in modules:
        keyed = "corpus" in keys
        named = ["${item.corpus}"] if keyed else sorted(path.stem for path in (ROOT / "artinv/corpora").glob("[!_]*.py"))
        files |= {f"artinv/corpora/{name}.py" for name in named}
        for path in (ROOT / "artinv/corpora").glob("[!_]*.py"):
            below = closure(f"artinv.corpora.{path.stem}") - HARMLESS - {f"artinv.corpora.{path.stem}"}
            files |= {str(path_of(name).relative_to(ROOT)) for name in below}
    if "artinv.models" in modules:
        for path in (ROOT / "artinv/models").glob("[!_]*.py"):
            files |= {str(path_of(name).relative_to(ROOT)) for name in closure(f"artinv.models.{path.stem}") - HARMLESS}
    files |= {str(path.relative_to(ROOT)) for path in (ROOT / "artinv/synth").glob("*.json") if "artinv.synth.phones" in modules}
    files |= {str(path.relative_to(ROOT)) for path in (ROOT / "artinv/report").glob("page.[ch]*") if "artinv.report" in modules}
    return sorted(files)


def param_keys(command: str) -> set[str]:
    """The params.yaml keys that a stage reads: the sections of the `Params` classes whose `load` it or a module of it calls."""
    trees = [ast.parse(path_of(module).read_text(encoding="utf-8")) for module in closure(script_of(command))]
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


def has_recipe(stage: dict) -> bool:
    """Whether code and choices are those of one file that another stage has written."""
    return f"data/loso/recipe/{script_of(stage['cmd']).partition('.')[2]}.json" in stage["deps"]


def stages(file: str) -> dict:
    """The stages of a pipeline file."""
    return YAML(typ="safe").load((ROOT / file).read_text(encoding="utf-8"))["stages"]


def is_code(dep: str) -> bool:
    """A dependency on this project's own code."""
    return dep.split("/", maxsplit=1)[0] in ("artinv", "stages")


if __name__ == "__main__":
    yaml = YAML()
    yaml.width = 132
    yaml.indent(mapping=2, sequence=4, offset=2)
    for name in PIPELINES:
        content = yaml.load((ROOT / name).read_text(encoding="utf-8"))
        for stage in content["stages"].values():
            data = [dep for dep in stage.get("deps", []) if not is_code(dep)]
            deps = [*data, *([] if has_recipe(stage) else code_deps(stage["cmd"], set(stage.get("matrix", {}))))]
            if list(stage.get("deps", [])) != deps:
                if "deps" not in stage:
                    stage.insert(list(stage).index("cmd") + 1, "deps", deps)
                stage["deps"] = deps
        with (ROOT / name).open("w", encoding="utf-8") as file:
            yaml.dump(content, file)
