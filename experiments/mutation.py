"""Measure how many planted faults the tests detect: `python -m experiments.mutation [MODULE ...] [--most 40] [--seed 0]`.

It needs cosmic-ray 8.7.0, whose operators put one fault at a time into a module. For each place and operator one replacement is
drawn, and from these at most `--most` faults. The module's tests then run in a fork of a process that has imported all that they
need and that does not depend on the module. Faults that prevent the import of the module do not count.
"""

import argparse
import gc
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
    "joblib", "sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "sklearn.neighbors", "hypothesis.extra.numpy",
    "pytest", "ruamel.yaml", "yaml", "safetensors.numpy", "onnx", "onnxruntime", "scipy.stats", "torch._dynamo", "torch.testing",
    "cmaes", "pystoi",
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
    "data/stats": ("data/test_normalize",),
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
    "formats/labels": ("formats/test_labels", "corpora/test_mocha", "corpora/test_mngu0", "corpora/test_own"),
    "formats/sound": ("formats/test_sound", "corpora/test_mocha"),
    "formats/matlab": ("formats/test_mat5",),
    "formats/mat5": ("formats/test_mat5",),
    "formats/textgrid": ("formats/test_textgrid",),
    "formats/ag50x": ("formats/test_ag50x",),
    "formats/ndi": ("formats/test_ndi",),
    "formats/mview": ("formats/test_mview", "corpora/test_hprc", "corpora/test_usc", "corpora/test_writers"),
    "signal/head": ("signal/test_head",),
    "predict/pieces": ("predict/test_pieces", "predict/test_predictor"),
    "predict/predictor": ("predict/test_predictor",),
    "formats/transcript": ("formats/test_transcript",),
    "corpora/native/folder": ("corpora/test_folder",),
    "checks/moments": ("checks/test_moments",),
    "checks/foreign": ("checks/test_moments",),
    "neural/correlation": ("neural/test_correlation",),
    "neural/splits": ("neural/test_splits",),
    "neural/highgamma": ("neural/test_highgamma",),
    "neural/intelligibility": ("neural/test_intelligibility",),
    "neural/occlusion": ("neural/test_occlusion",),
    "neural/drift": ("neural/test_drift",),
    "neural/standardize": ("neural/test_splits",),
    "live/features": ("live/test_features",),
    "live/resample": ("live/test_resample",),
    "live/sessions": ("live/test_sessions",),
    "digits/metrics": ("digits/test_metrics",),
    "digits/sounds": ("digits/test_sounds",),
    "factors/disentanglement/dci": ("factors/test_disentanglement",),
    "factors/disentanglement/mig": ("factors/test_disentanglement",),
    "factors/disentanglement/votes": ("factors/test_disentanglement",),
    "factors/disentanglement/sap": ("factors/test_disentanglement",),
    "speaking/placing": ("speaking/test_placing",),
    "speaking/reading": ("speaking/test_reading",),
    "speaking/sources": ("speaking/test_sources",),
    "speaking/voicing": ("speaking/test_sources",),
    "phones/alignment": ("phones/test_alignment",),
    "phones/evidence": ("phones/test_evidence",),
    "phones/posteriors": ("phones/test_posteriors",),
    "phones/pronunciation": ("phones/test_pronunciation",),
    "matching/gains": ("matching/test_refinement",),
    "matching/heads": ("matching/test_heads",),
    "matching/refinement": ("matching/test_refinement",),
    "matching/scores": ("matching/test_scores",),
    "synth/synthesizers/bands": ("synth/synthesizers/test_bands",),
    "synth/synthesizers/protocol": ("synth/synthesizers/test_protocol", "synth/synthesizers/test_contract"),
    "synth/synthesizers/waves": ("synth/synthesizers/test_waves",),
}
"""Module -> its tests, in addition to its doctests."""

SAME = re.compile(r"Variable|_(Is|IsNot)$|_Is_Eq|_IsNot_NotEq")
"""Operators that need arguments, or that give equivalent code when numbers or None are compared."""

LIMIT = 10.0
"""Ratio to the CPU time of the tests without a fault; exceeding it counts as detected."""

MEMORY = 8 << 30
PYTEST = ("-x", "-p", "no:cacheprovider", "--tb=no", "--assert=plain", "-W", "ignore::pytest.PytestAssertRewriteWarning")
DETECTED, MISSED, NOT_IMPORTABLE, UNTESTED = "detected", "missed", "not importable", 9


class Faulty(SourceFileLoader):
    """An importer that loads one module from a text instead of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return the spec of the faulty module, None for others."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _: str) -> object:
        """Compile the faulty text; the cache holds code of the file."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


def faults(text: str, most: int, rng: random.Random) -> list[tuple[int, str]]:
    """Return line number and complete text of faulty versions of a module, in the order of the lines."""
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
    """Run the tests of a module with another text; return whether they detect it."""
    if not (child := os.fork()):
        _test(module, text, seconds)
    _, status = os.waitpid(child, 0)
    return {0: MISSED, UNTESTED: NOT_IMPORTABLE}.get(os.waitstatus_to_exitcode(status), DETECTED)


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
    """Print the faults that the tests of a module miss, then its row of the table."""
    for name in _independent(module):
        importlib.import_module(name)
    gc.freeze()  # otherwise pytest collects the garbage of all libraries in each process
    text = Path(f"artinv/{module}.py").read_text(encoding="utf-8")
    if outcome(module, text, 600) != MISSED:
        raise SystemExit(f"the tests of {module} fail without a fault: {' '.join(TESTS[module])}")
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    counts = dict.fromkeys((DETECTED, MISSED, NOT_IMPORTABLE), 0)
    for line, faulty in faults(text, most, random.Random(f"{seed}/{module}")):  # noqa: S311 -- not for cryptography
        counts[result := outcome(module, faulty, LIMIT * seconds)] += 1
        if result == MISSED:
            correct, wrong = next(pair for pair in zip(text.splitlines(), faulty.splitlines(), strict=False) if pair[0] != pair[1])
            print(f"artinv/{module}.py:{line}\n  - {correct.strip()}\n  + {wrong.strip()}", flush=True)
    total = counts[DETECTED] + counts[MISSED]
    print(f"| `{module}` | {total} | {counts[DETECTED]} | {counts[DETECTED] / max(total, 1):.0%} |", flush=True)


def _independent(module: str) -> list[str]:
    """Return what the tests of a module import of artinv and does not import it, directly, indirectly or by a package."""
    faulty = f"artinv.{module}".replace("/", ".")
    needed = set().union(*(deps.closure(f"tests.{test}".replace("/", ".")) for test in TESTS[module]))
    files = (path.with_suffix("") for path in Path("artinv").rglob("*.py") if not path.stem.startswith("__"))
    parts = ([".".join(file.parts[:size]) for size in range(1, len(file.parts) + 1)] for file in sorted(files))
    return [names[-1] for names in parts if names[-1] in needed and all(faulty not in deps.closure(name) for name in names)]


def main() -> None:
    """Test each module in one process, and each of its faults in another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE", help=f"some of {', '.join(TESTS)}")
    parser.add_argument("--most", type=int, default=40, help="largest number of faults per module")
    parser.add_argument("--seed", type=int, default=0)
    choices = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for library in LIBRARIES:
        importlib.import_module(library)
    for module in choices.modules:
        if not (child := os.fork()):
            campaign(module, choices.most, choices.seed)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
