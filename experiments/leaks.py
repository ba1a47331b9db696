"""Check that the tests detect leaks of test data: `python -m experiments.leaks [--only WORD]`.

Each leak is planted alone into a copy of the code, and the tests run there. The run ends with an error if they miss a leak.
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
COPIED = "artinv", "stages", "tests", "tools", "params.yaml", "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Leak:
    """A fault that lets test data into a model or into a score."""

    name: str
    file: str
    correct: str  # text that occurs once in the file
    wrong: str  # its replacement

    def plant(self, root: Path) -> None:
        """Put the leak into a copy of the code."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.correct) != 1:
            raise BadData(f"{self.file}: contains {self.correct!r} {text.count(self.correct)} times; give the leak '{self.name}' "
                          "in experiments/leaks.py a text that occurs once")
        path.write_text(text.replace(self.correct, self.wrong), encoding="utf-8")


_SCORING = "artinv/evaluate/score_split.py"
_VALID, _STATISTICS = "load(divided.valid)", "data.stats(speakers_of(split.train))"
_REST = 'rest = [frames for frames in truths if frames.part != "train" and frames.sentence not in said]'

LEAKS = (
    Leak("train on the test set", "artinv/learn/experiment.py",
         "cls(data.load(split.train)", "cls(data.load(split.train) + data.load(split.test)"),
    Leak("stop training by the test set", "artinv/learn/experiment.py", "load(split.valid)", "load(split.test)"),
    Leak("statistics of a model include the test speaker", "artinv/learn/experiment.py",
         _STATISTICS, "data.stats(speakers_of(split.train + split.test))"),
    Leak("train on the test part under dep", "artinv/data/splits.py",
         'in_part(own, "train"), monitors', 'in_part(own, "train")[1:] + in_part(own, "test")[1:], monitors'),
    Leak("train on the test speaker under indep", "artinv/data/splits.py",
         '(in_part(learners, "train", "test"), monitors, own)',
         '(in_part(learners, "train", "test") + own[:1], monitors, own[1:])'),
    Leak("train on tested sentences under unseen_text", "artinv/data/splits.py",
         "if entry.sentence not in tested_text] for entries in (train, valid))",
         "if entries is train or entry.sentence not in tested_text] for entries in (train, valid))"),
    Leak("validate on tested sentences under unseen_text", "artinv/data/splits.py",
         "if entry.sentence not in tested_text] for entries in (train, valid))",
         "if entries is valid or entry.sentence not in tested_text] for entries in (train, valid))"),
    Leak("intervals of the default run fitted on the test set", "stages/train.py",
         "made.inverter, material.valid", "made.inverter, Dataset(workspace).load(split.test)"),
    Leak("intervals of a fold fitted on the test set", "stages/fold_score.py", _VALID, "load(divided.test)"),
    Leak("intervals of a fold fitted on the validation and test sets", "stages/fold_score.py",
         _VALID, "load((*divided.valid, *divided.test))"),
    Leak("intervals of a held-out group fitted on the group", "stages/strangers_score.py", _VALID, "load(divided.test)"),
    Leak("interval factor fitted on the test set", _SCORING, "found.share(interval.factor)",
         "found.share(__import__('artinv.measure.intervals').intervals.factors([found], interval.level))"),
    Leak("blind RMSE with statistics of training and test speakers", _SCORING,
         _STATISTICS, "data.stats(speakers_of(split.train + split.test))"),
    Leak("blind RMSE with statistics of the test speaker", _SCORING, _STATISTICS, "data.stats(speakers_of(split.test))"),
    Leak("adaptation curve scored on adaptation utterances", _SCORING, _REST, "rest = list(truths)"),
    Leak("a point of the adaptation curve scored on its own adaptation utterances", _SCORING,
         "        adapted = adapt(",
         "        rest = [frames for frames in truths if frames.part != 'train'] + pool[:number]\n        adapted = adapt("),
    Leak("adaptation curve scored on adaptation sentences", _SCORING, " and frames.sentence not in said]", "]"),
    Leak("adapt on test utterances", _SCORING,
         'for frames in truths if frames.part == "train")', "for frames in truths)"),
    Leak("RMSE after adaptation scaled by the statistics of the test speaker", _SCORING,
         "scale = adapted.mean, adapted.std", "scale = stats.average_mean, stats.motion_std"),
)


def failure(root: Path) -> str:
    """Return the first test that fails in a copy of the code, with the reason; empty if all pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS]
    env = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    if done.returncode not in (0, 1) or bool(done.returncode) != bool(failed):
        raise BadData(f"{TESTS[0]}: does not run; {(lines or done.stderr.strip().splitlines())[-1]}")
    return failed[0].partition("::")[2] if failed else ""


def failure_with(leak: Leak | None) -> str:
    """Return the first failure with a leak, or without any; empty if all tests pass."""
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
    """Check that the tests pass without a leak and fail with each leak."""
    if fault := failure_with(None):
        raise BadData(f"{TESTS[0]}: fails without any leak ({fault}); repair that first")
    missed = []
    for leak in leaks:
        noticed = failure_with(leak)
        print(f"{'detected' if noticed else 'MISSED':8} {leak.name}: {noticed}", flush=True)
        missed += [] if noticed else [leak.name]
    print(f"{len(leaks) - len(missed)} of {len(leaks)} leaks detected")
    if missed:
        raise BadData(f"{TESTS[0]}: does not detect '{missed[0]}'; write a test that does")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.leaks")
    parser.add_argument("--only", default="", help="only leaks whose name contains this text")
    chosen = parser.parse_args()
    with gate():
        main([leak for leak in LEAKS if chosen.only in leak.name])
