"""Whether the tests notice leaks from what is tested on: `python -m experiments.leaks [--only WORD]`.

Each leak is planted alone into a copy of the code, and the tests run there; one that they do not notice ends the run with an error.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artinv.runtime.errors import BadData, gate
from tools.deps import ROOT

TESTS = "tests/project/test_leaks.py", "tests/evaluate/test_score_split.py"
COPIED = "artinv", "stages", "tests", "params.yaml", "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Leak:
    """A fault that lets what is tested on into what is tested."""

    name: str
    file: str
    true: str  # stands in the file once
    false: str  # in its place

    def plant(self, root: Path) -> None:
        """Put it into a copy of the code."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.true) != 1:
            raise BadData(f"{self.file}: {self.true!r} stands there {text.count(self.true)} times; give the leak '{self.name}' in "
                          "experiments/leaks.py a text that stands there once")
        path.write_text(text.replace(self.true, self.false), encoding="utf-8")


_VALID, _STATISTICS = "load(divided.valid)", "load_stats(speakers_of(split.train))"
_REST = 'rest = [frames for frames in truths if frames.part != "train" and frames.sentence not in said]'

LEAKS = (
    Leak("train on the test set", "artinv/learn/experiment.py", "= load(split.train), load", "= load(split.train) + load(split.test), load"),
    Leak("stop training by the test set", "artinv/learn/experiment.py", "load(split.valid)", "load(split.test)"),
    Leak("statistics of a model with those of the test speaker", "artinv/learn/experiment.py",
         _STATISTICS, "load_stats(speakers_of(split.train + split.test))"),
    Leak("train on the test part under dep", "artinv/data/splits.py",
         'in_part(own, "train"), watchers', 'in_part(own, "train")[1:] + in_part(own, "test")[1:], watchers'),
    Leak("train on the test speaker under indep", "artinv/data/splits.py",
         '(in_part(learners, "train", "test"), watchers, own)',
         '(in_part(learners, "train", "test") + own[:1], watchers, own[1:])'),
    Leak("train on tested sentences under unseen_text", "artinv/data/splits.py",
         "if entry.sentence not in tested_text] for entries in (train, valid))",
         "if entries is train or entry.sentence not in tested_text] for entries in (train, valid))"),
    Leak("validate on tested sentences under unseen_text", "artinv/data/splits.py",
         "if entry.sentence not in tested_text] for entries in (train, valid))",
         "if entries is valid or entry.sentence not in tested_text] for entries in (train, valid))"),
    Leak("intervals of the default run learned on the test set", "stages/train.py", "load(split.valid)", "load(split.test)"),
    Leak("intervals of a fold learned on the test set", "stages/fold_score.py", _VALID, "load(divided.test)"),
    Leak("intervals of a fold learned on the test set as well", "stages/fold_score.py",
         _VALID, "load(divided.valid + divided.test)"),
    Leak("intervals of strangers learned on them", "stages/strangers_score.py", _VALID, "load(divided.test)"),
    Leak("a factor of intervals found on the test set", "artinv/evaluate/score_split.py", "found.share(interval.factor)",
         "found.share(__import__('artinv.measure.intervals').intervals.factors([found], interval.level))"),
    Leak("blind millimetres of train and test speakers", "artinv/evaluate/score_split.py",
         _STATISTICS, "load_stats(speakers_of(split.train + split.test))"),
    Leak("blind millimetres of the test speaker", "artinv/evaluate/score_split.py", _STATISTICS, "load_stats(speakers_of(split.test))"),
    Leak("the curve measured on what is adapted on", "artinv/evaluate/score_split.py", _REST, "rest = list(truths)"),
    Leak("a point of the curve measured on what that point adapts on", "artinv/evaluate/score_split.py",
         "        adapted = adapt(",
         "        rest = [one for one in truths if one.part != 'train'] + pool[:number]\n        adapted = adapt("),
    Leak("the curve measured on sentences that are adapted on", "artinv/evaluate/score_split.py", " and frames.sentence not in said]", "]"),
    Leak("adapt on what is tested", "artinv/evaluate/score_split.py",
         'for frames in truths if frames.part == "train")', "for frames in truths)"),
    Leak("adapted millimetres scaled by the test speaker's own statistics", "artinv/evaluate/score_split.py",
         "usual = adapted.mean, adapted.std", "usual = stats.average_mean, stats.motion_std"),
)


def failure(root: Path) -> str:
    """The first test that fails in a copy of the code, and why; nothing if none does."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS]
    env = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    if done.returncode not in (0, 1) or bool(done.returncode) != bool(failed):
        raise BadData(f"{TESTS[0]}: cannot be run; {(lines or done.stderr.strip().splitlines())[-1]}")
    return failed[0].partition("::")[2] if failed else ""


def planted(leak: Leak | None) -> str:
    """What fails with a leak, or without any."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, root / name)
        if leak:
            leak.plant(root)
        return failure(root)


def main(leaks: Sequence[Leak]) -> None:
    """Without a leak the tests must pass, with any they must fail."""
    if fault := planted(None):
        raise BadData(f"{TESTS[0]}: fails without any leak ({fault}); mend that first")
    missed = []
    for leak in leaks:
        found = planted(leak)
        print(f"{'noticed' if found else 'MISSED':8} {leak.name}: {found}", flush=True)
        missed += [] if found else [leak.name]
    print(f"{len(leaks) - len(missed)} of {len(leaks)} leaks noticed")
    if missed:
        raise BadData(f"{TESTS[0]}: does not notice '{missed[0]}'; write a test that does")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.leaks")
    parser.add_argument("--only", default="", help="those in whose name this stands")
    chosen = parser.parse_args()
    with gate():
        main([leak for leak in LEAKS if chosen.only in leak.name])
