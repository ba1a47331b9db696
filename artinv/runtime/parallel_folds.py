"""Run the unfinished folds of leave-one-speaker-out in parallel, then combine their results.

Each fold is a DVC stage of its own: finished folds are not repeated, so an interrupted run can be resumed.
"""

import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from io import TextIOWrapper
from pathlib import Path

from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

PIPELINE = "pipelines/loso/dvc.yaml"
PAUSE, PATIENCE = 2.0, 900.0
"""s: interval and limit of waiting while a process of a killed worker still runs the same fold."""

TRIES = 5
"""Number of times that a fold may find DVC's files damaged; another fold may be repairing them."""

_DVC = "dvc", "--wait-for-lock"
"""Other folds, or a process of a killed run, may hold the lock of DVC for a short time."""

_TABLE = ".dvc/tmp/rwlock"
_BUSY = "is busy, it is being blocked by"
_DAMAGED = re.compile(r"dvc\.lock' (is invalid|validation failed)|RWLock-file .* (corrupted|format error)")
_FAULTS = r"(?m)^artinv:.*", r"(?ms)^ERROR:.*"
"""Patterns of the fault in the output of a failed fold: the error line of a stage, or the error message of DVC."""


def main(root: Path) -> None:
    """Prepare the data, run the folds, then make the table of results, in the project folder `root`."""
    prepare(root)
    changed = json.loads(_dvc_quiet(root, "status", "--json", PIPELINE) or "{}")
    waiting = list(dict.fromkeys(_job(stage) for stage in changed if "@" in stage))
    failures = [fault for fault in track(imap(partial(run_fold, root), waiting), "folds", len(waiting)) if fault]
    if failures:
        raise BadData(f"{len(failures)} of {len(waiting)} folds failed ({failures[0]}); run `make loso` again to repeat them")
    _dvc_quiet(root, "repro", PIPELINE)


def prepare(root: Path) -> None:
    """Prepare the data that all folds share."""
    _run(root, "repro", "normalize")


def _job(stage: str) -> str:
    """Return the job of a stage: the name of its fold, or `strangers@group`; training and testing are one job."""
    name, _, item = stage.rpartition(":")[2].partition("@")
    return f"strangers@{item}" if name.startswith("strangers") else item


def run_fold(root: Path, fold: str) -> str:
    """Train and test one fold, or without one group (`strangers@...`), where that is not done; return the fault or ""."""
    kind, _, item = fold.rpartition("@")
    pair = ("strangers", "strangers_score") if kind else ("fold", "score")
    stages = [f"{PIPELINE}:{stage}@{item}" for stage in pair]
    process = _run_patiently(root, [*_DVC, "repro", "--single-item", *stages])
    if not process.returncode:
        return ""
    faults = [match[0] for pattern in _FAULTS if (match := re.search(pattern, process.stderr))]
    fault = faults[0] if faults else process.stderr or process.stdout
    return f"{fold}: {' '.join(fault.split())}"


def _run(root: Path, *arguments: str) -> None:
    """Run DVC with its progress visible; run it once more, quietly, if a killed run had left processes or damaged files."""
    others = _others_registered(root)
    if subprocess.run([*_DVC, *arguments], cwd=root, check=False).returncode:  # noqa: S603
        if not (others or _repaired(root) or _others_registered(root)):
            raise _failed(arguments)
        _dvc_quiet(root, *arguments)


def _dvc_quiet(root: Path, *arguments: str) -> str:
    """Run DVC without visible output and return its output."""
    process = _run_patiently(root, [*_DVC, *arguments])
    if process.returncode:
        sys.stderr.write(process.stderr)
        raise _failed(arguments)
    return process.stdout


def _failed(arguments: tuple[str, ...]) -> BadData:
    return BadData(f"`dvc {' '.join(arguments)}` failed; see its message above")


def _others_registered(root: Path) -> bool:
    """Return whether DVC's table of readers and writers names a process."""
    try:
        return any(json.loads((root / _TABLE).read_bytes()).values())
    except (OSError, ValueError, AttributeError):
        return False


def _run_patiently(root: Path, command: list[str]) -> subprocess.CompletedProcess:
    """Run a command; repeat it while another process runs the same stage, or after DVC's files were found damaged."""
    end, tries = time.monotonic() + PATIENCE, TRIES
    while True:
        process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
        damaged = bool(_DAMAGED.search(process.stderr))
        tries -= damaged
        if not process.returncode or not (damaged or _BUSY in process.stderr) or not tries or time.monotonic() >= end:
            return process
        if not _repaired(root):
            time.sleep(PAUSE)


def _repaired(root: Path) -> bool:
    """Repair DVC's files; return whether something was damaged."""
    from artinv.runtime.repair import repair_and_report  # noqa: PLC0415 -- DVC's own code is slow to import

    return repair_and_report(root)


if __name__ == "__main__":
    assert isinstance(sys.stdout, TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    with gate():
        main(Path.cwd())
