"""Run the folds of leave-one-speaker-out that are not done yet, side by side, then put them together.

Each fold is a DVC stage of its own: what is done is done, a killed run goes on where it was, a second run does nothing.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

PIPELINE = "pipelines/loso/dvc.yaml"
PAUSE, PATIENCE = 2.0, 900.0
"""s between looks at a fold that a process of a killed worker is still at, and for how long its end is awaited."""

TRIES = 5
"""Times that DVC's books are found broken by a fold; another fold may be at mending them."""

_DVC = "dvc", "--wait-for-lock"
"""Other folds, or a process of a killed run, may hold its lock for moments."""

_TABLE = Path(".dvc/tmp/rwlock")
_BUSY = "is busy, it is being blocked by"
_BROKEN = re.compile(r"dvc\.lock' (is invalid|validation failed)|RWLock-file .* (corrupted|format error)")
_TELLING = r"(?m)^artinv:.*", r"(?ms)^ERROR:.*"
"""What is told of all that a fold says: the line at which a stage of the project ended, or DVC's own fault to its end."""


def main() -> None:
    """Data first, then the folds, then the table."""
    prepare()
    changed = json.loads(_ask("status", "--json", PIPELINE) or "{}")
    waiting = list(dict.fromkeys(_job(stage) for stage in changed if "@" in stage))
    failures = [fault for fault in track(imap(run_fold, waiting), "folds", len(waiting)) if fault]
    if failures:
        raise BadData(f"{len(failures)} of {len(waiting)} folds failed ({failures[0]}); run `make loso` again to go on with them")
    _ask("repro", PIPELINE)


def prepare() -> None:
    """Make the data that all folds share."""
    _run("repro", "normalize")


def _job(stage: str) -> str:
    """Of the address of a stage: training and testing are one job, of a fold named as the fold, of a group `strangers@group`."""
    name, _, item = stage.rpartition(":")[2].partition("@")
    return f"strangers@{item}" if name.startswith("strangers") else item


def run_fold(fold: str) -> str:
    """Train and test one fold, or without one group, `strangers@...`, as far as that is not done.

    Returns what went wrong, or nothing.
    """
    kind, _, item = fold.rpartition("@")
    pair = ("strangers", "strangers_score") if kind else ("fold", "score")
    stages = [f"{PIPELINE}:{stage}@{item}" for stage in pair]
    done = _patient([*_DVC, "repro", "--single-item", *stages])
    if not done.returncode:
        return ""
    told = [found[0] for words in _TELLING if (found := re.search(words, done.stderr))] or [done.stderr or done.stdout]
    return f"{fold}: {' '.join(told[0].split())}"


def _run(*arguments: str) -> None:
    """DVC, which shows its progress; and again, in silence, where a killed run had left something in its way."""
    others = _others()
    if subprocess.run([*_DVC, *arguments], check=False).returncode:  # noqa: S603
        if not (others or _mended() or _others()):
            raise _failed(arguments)
        _ask(*arguments)


def _ask(*arguments: str) -> str:
    """DVC in silence; what it says."""
    done = _patient([*_DVC, *arguments])
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise _failed(arguments)
    return done.stdout


def _failed(arguments: tuple[str, ...]) -> BadData:
    return BadData(f"`dvc {' '.join(arguments)}` failed; its message stands above")


def _others() -> bool:
    """Whether DVC's table of who reads and writes what names anybody."""
    try:
        return any(json.loads(_TABLE.read_bytes()).values())
    except (OSError, ValueError, AttributeError):
        return False


def _patient(command: list[str]) -> subprocess.CompletedProcess:
    """Run, and again as long as a process of a killed run is at the same stage, or where it left DVC's books broken."""
    end, tries = time.monotonic() + PATIENCE, TRIES
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        broken = bool(_BROKEN.search(done.stderr))
        tries -= broken
        if not done.returncode or not (broken or _BUSY in done.stderr) or not tries or time.monotonic() >= end:
            return done
        if not _mended():
            time.sleep(PAUSE)


def _mended() -> bool:
    from artinv.runtime.mend import mend_aloud  # noqa: PLC0415 -- DVC's own code is slow to import

    return mend_aloud(Path.cwd())


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    with gate():
        main()
