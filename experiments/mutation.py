"""Whether the tests notice faults: `python -m experiments.mutation [MODULE ...] [--most 40] [--seed 0]`; wants cosmic-ray 8.7.0.

The operators of cosmic-ray put one fault at a time into a module: of the replacements that an operator knows for one place one is
drawn, and of these at most so many. The module's tests then run in a fork of a process that has imported all that does not depend
on the module. Faults with which it cannot even be imported do not count.
"""

import argparse
import importlib
import importlib.util
import os
import random
import re
import resource
import sys
from collections import defaultdict
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tools import deps

LIBRARIES = (
    "numpy", "scipy.io", "scipy.ndimage", "scipy.signal", "scipy.sparse", "soundfile", "soxr", "pandas", "pydantic", "torch",
    "joblib", "sklearn.linear_model", "hypothesis.extra.numpy", "pytest", "ruamel.yaml", "yaml", "safetensors.numpy",
)
READERS = ("corpora/test_readers", "corpora/test_folders", "corpora/test_writers")
TESTS = {
    "data/clean": ("data/test_clean",),
    "signal/gaps": ("signal/test_gaps",),
    "signal/endpoints": ("signal/test_endpoints",),
    "data/lag": ("data/test_lag",),
    "signal/resample": ("signal/test_resample",),
    "data/rejection": ("data/test_rejection",),
    "data/clean_corpus": ("data/test_clean_corpus",),
    "data/normalize": ("data/test_normalize",),
    "data/splits": ("data/test_splits",),
    "measure/metrics": ("measure/test_metrics",),
    "corpora/readers/mocha": ("corpora/test_mocha", *READERS),
    "corpora/writers/mocha": ("corpora/test_mocha", *READERS),
    "corpora/readers/mngu0": ("corpora/test_mngu0", *READERS),
    "corpora/writers/mngu0": ("corpora/test_mngu0", *READERS),
    "corpora/readers/usc": ("corpora/test_usc", *READERS),
    "corpora/writers/usc": ("corpora/test_usc", *READERS),
    "corpora/readers/hprc": ("corpora/test_hprc", *READERS),
    "corpora/writers/hprc": ("corpora/test_hprc", *READERS),
    "corpora/readers/own": ("corpora/test_own", "formats/test_emu"),
    "formats/est": ("formats/test_est", "corpora/test_mocha", "corpora/test_mngu0"),
    "formats/labels": ("corpora/test_mocha", "corpora/test_mngu0", "corpora/test_own"),
    "formats/sound": ("formats/test_sound", "corpora/test_mocha"),
    "formats/matlab": ("formats/test_mat5",),
    "formats/mat5": ("formats/test_mat5",),
    "formats/transcript": ("formats/test_transcript",),
    "corpora/native/folder": ("corpora/test_folder",),
    "checks/moments": ("checks/test_moments",),
    "checks/foreign": ("checks/test_moments",),
}
"""The tests of each module, beside the examples in it."""

SAME = re.compile(r"Variable|_(Is|IsNot)$|_Is_Eq|_IsNot_NotEq")
"""Operators that want arguments or, where what is compared are numbers and None, exchange like for like."""

LIMIT = 10.0
"""Times the seconds of a processor that the tests take without a fault; longer is a fault noticed."""

MEMORY = 8 << 30
PYTEST = ("-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:anyio", "--tb=no", "--assert=plain",
          "-W", "ignore::pytest.PytestAssertRewriteWarning")
NOTICED, UNNOTICED, STILLBORN, UNTESTED = "noticed", "unnoticed", "cannot be imported", 9


class Faulty(SourceFileLoader):
    """Finds and loads one module from a text instead of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """The module, if it is the one."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _: str) -> object:
        """Compiled anew: the cache knows the file's text only."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


def faults(text: str, most: int, rng: random.Random) -> list[tuple[int, str]]:
    """Line and whole text of faulty versions, in the order of their places."""
    places = defaultdict(list)
    nodes = list(ast_nodes(get_ast(text)))
    for name in (name for name in operator_names() if not SAME.search(name)):
        at = [position for node in nodes for position in get_operator(name)().mutation_positions(node)]
        for occurrence, position in enumerate(at):
            places[name.split("_")[0], position].append((name, occurrence))
    drawn = [(place[1][0][0], *rng.choice(places[place])) for place in sorted(places)]
    sample = sorted(rng.sample(drawn, min(most, len(drawn))))
    return [(line, mutate_code(text, get_operator(name)(), occurrence)) for line, name, occurrence in sample]


def outcome(module: str, text: str, seconds: float) -> str:
    """What the module's tests make of this text of it."""
    if not (child := os.fork()):
        _test(module, text, seconds)
    _, status = os.waitpid(child, 0)
    return {0: UNNOTICED, UNTESTED: STILLBORN}.get(os.waitstatus_to_exitcode(status), NOTICED)


def _test(module: str, text: str, seconds: float) -> None:
    code = UNTESTED
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        path = f"artinv/{module}.py"
        name = path.removesuffix(".py").replace("/", ".")
        sys.meta_path.insert(0, Faulty(name, str(Path(path).absolute()), text))
        importlib.import_module(name)
        code = 1
        files = [*(f"tests/{test}.py" for test in TESTS[module]), path]
        chosen = ("-k", Path(module).name) if module.startswith(("corpora/readers", "corpora/writers")) else ()
        code = min(1, sys.modules["pytest"].main([*PYTEST, *chosen, *files]))
    finally:
        os._exit(int(code))


def campaign(module: str, most: int, seed: int) -> None:
    """Print what the tests of a module do not notice, then its row of the table."""
    for name in _independent(module):
        importlib.import_module(name)
    text = Path(f"artinv/{module}.py").read_text(encoding="utf-8")
    if outcome(module, text, 600) != UNNOTICED:
        raise SystemExit(f"the tests of {module} fail without any fault: {' '.join(TESTS[module])}")
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    counts = dict.fromkeys((NOTICED, UNNOTICED, STILLBORN), 0)
    for line, faulty in faults(text, most, random.Random(f"{seed}/{module}")):  # noqa: S311 -- no secret
        counts[found := outcome(module, faulty, LIMIT * seconds)] += 1
        if found == UNNOTICED:
            was, became = next(pair for pair in zip(text.splitlines(), faulty.splitlines(), strict=False) if pair[0] != pair[1])
            print(f"artinv/{module}.py:{line}\n  - {was.strip()}\n  + {became.strip()}", flush=True)
    total = counts[NOTICED] + counts[UNNOTICED]
    print(f"| `{module}` | {total} | {counts[NOTICED]} | {counts[NOTICED] / max(total, 1):.0%} |", flush=True)


def _independent(module: str) -> list[str]:
    """Modules of this project that do not import it, not even through others."""
    faulty = f"artinv.{module}".replace("/", ".")
    files = (path.with_suffix("") for path in Path("artinv").rglob("*.py") if not path.stem.startswith("__"))
    return [name for name in (".".join(file.parts) for file in sorted(files)) if faulty not in deps.closure(name)]


def main() -> None:
    """One process for each module, one for each fault in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE", help=f"of {', '.join(TESTS)}")
    parser.add_argument("--most", type=int, default=40, help="faults of a module")
    parser.add_argument("--seed", type=int, default=0)
    choices = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    for library in LIBRARIES:
        importlib.import_module(library)
    for module in choices.modules:
        if not (child := os.fork()):
            campaign(module, choices.most, choices.seed)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
