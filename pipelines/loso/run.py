"""Run the folds of leave-one-speaker-out that are not done yet, side by side, then put them together.

Each fold is a DVC stage of its own: what is done is done, a killed run goes on where it was, a second run does nothing.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from artinv.errors import BadData, gate
from artinv.parallel import imap
from artinv.progress import track

PIPELINE = "pipelines/loso/dvc.yaml"
PAUSE, PATIENCE = 2.0, 900.0
"""s between looks at a fold that a process of a killed worker is still at, and for how long its end is awaited."""

TRIES = 5
"""Times that DVC's books are found broken by a fold; another fold may be at mending them."""

_BUSY = "is busy, it is being blocked by"
_BROKEN = "is invalid", "validation failed", "structure is corrupted", "format error"


def main() -> None:
    """Data first, then the folds, then the table."""
    _dvc("repro", "normalize", *(f"{PIPELINE}:{script}_recipe" for script in ("fold", "fold_score")))
    changed = json.loads(_dvc("status", "--json", PIPELINE, silent=True) or "{}")
    waiting = list(dict.fromkeys(stage.partition("@")[2] for stage in changed if "@" in stage))
    failures = [fault for fault in track(imap(run_fold, waiting), "folds", len(waiting)) if fault]
    if failures:
        raise BadData(f"{len(failures)} of {len(waiting)} folds failed ({failures[0]}); run `make loso` again to go on with them")
    _dvc("repro", PIPELINE, silent=True)


def run_fold(fold: str) -> str:
    """Train and test one fold, as far as that is not done; returns what went wrong, or nothing."""
    stages = [f"{PIPELINE}:{stage}@{fold}" for stage in ("fold", "score")]
    command = ["dvc", "--wait-for-lock", "repro", "--single-item", *stages]  # other folds hold it for moments
    done = _patient(command, stdout=subprocess.PIPE)
    return "" if done.returncode == 0 else f"{fold}: {(done.stderr or done.stdout).strip().splitlines()[-1]}"


def _dvc(*arguments: str, silent: bool = False) -> str:
    command = ["dvc", "--wait-for-lock", *arguments]  # a process of a killed run may hold it for moments
    done = _patient(command, stdout=subprocess.PIPE if silent else None)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise BadData(f"`dvc {' '.join(arguments)}` failed; its message stands above")
    return done.stdout or ""


def _patient(command: list[str], stdout: int | None) -> subprocess.CompletedProcess:
    """Run, and again as long as a process of a killed run is at the same stage, or where it left DVC's books broken."""
    end, tries = time.monotonic() + PATIENCE, TRIES
    while True:
        done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
        broken = any(words in done.stderr for words in _BROKEN)
        tries -= broken
        if not done.returncode or not (broken or _BUSY in done.stderr) or not tries or time.monotonic() >= end:
            return done
        if not _mended():
            time.sleep(PAUSE)


def _mended() -> bool:
    from pipelines.mend import mend  # noqa: PLC0415 -- DVC's own code is slow to import

    return bool(mend(Path.cwd()))


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    with gate():
        main()
