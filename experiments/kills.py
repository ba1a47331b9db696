"""kill -9 at random moments: `python -m experiments.kills [--kills 50] [--seed 0] [--only "bulk inversion"] [--folder FOLDER]`.

A small project runs `dvc repro`, leave one speaker out and a bulk inversion undisturbed. Its twin does the same, and all that it
started is killed at random moments, again and again, until it comes to its end. What is to hold: every output has the bytes of the
undisturbed one, and nothing half-written lies about.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

from artinv.runtime.errors import BadData, gate
from tests.conftest import Project, clone

PHASES = {
    "dvc repro": ["sh", "-c", "dvc repro || { [ $? -ne 252 ] && python -m artinv.runtime.mend && dvc repro; }"],  # as in the Makefile
    "leave one speaker out": [sys.executable, "-m", "artinv.runtime.side_by_side"],
    "bulk inversion": [sys.executable, "-m", "artinv", "invert", "data/demo", "-o", "out", "--format", "csv,npz,est,ssff"],
}
OUTPUTS = ("data", "metrics", "models", "out", "plots", "dvc.lock", "pipelines/demo/dvc.lock", "pipelines/loso/dvc.lock")
LEAST = 1.0  # s before a kill
FEWEST = 12  # kills to aim at in a phase, however short
PATIENCE = 3  # kills without a second of rest, then the moments come later


def contents(root: Path) -> dict[str, object]:
    """Every file that the phases leave; of a lock what it says, for DVC adds stages in the order in which they end."""
    files = (path for name in OUTPUTS for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*")))
    return {
        str(path.relative_to(root)): yaml.safe_load(path.read_text()) if path.suffix == ".lock" else path.read_bytes()
        for path in files if path.is_file() and path.name != ".gitignore"
    }


def undisturbed(project: Project) -> dict[str, float]:
    """Seconds of each phase."""
    seconds = {}
    for title, command in PHASES.items():
        begun = time.perf_counter()
        project.run(*command)
        seconds[title] = time.perf_counter() - begun
    return seconds


def disturbed(
    project: Project, seconds: dict[str, float], kills: int, only: list[str], rng: random.Random,
) -> Iterator[tuple[str, int]]:
    """Kill and start again; the phases with the number of kills that each survived."""
    for title, command in PHASES.items():
        if only and title not in only:
            project.run(*command)
            continue
        wanted, done, longest = max(FEWEST, round(kills * seconds[title] / sum(seconds.values()))), 0, 0.0
        while True:
            longest = max(longest, seconds[title] / wanted) * (1.0 if done % PATIENCE else 1.2)
            if not _killed(project, command, rng.uniform(LEAST, LEAST + longest)):
                break
            done += 1
        yield title, done


def _killed(project: Project, command: list[str], after: float) -> bool:
    """Whether it had to be killed."""
    with subprocess.Popen(command, cwd=project.root, env=project.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as process:
        try:
            _, said = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            while left := [pid for pid in psutil.pids() if _is_of(pid, process.pid)]:  # one may have started another meanwhile
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            return True
    if process.returncode:
        raise BadData(f"`{' '.join(command)}` does not go on after a kill: {' '.join(said.split())[-600:]}")
    return False


def _is_of(pid: int, session: int) -> bool:
    """Whether it was started from there, and still runs."""
    try:
        return os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def main() -> None:
    """Print the kills and what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="about; by phase as long as it lasts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], choices=list(PHASES), help="the others are not disturbed")
    parser.add_argument("--folder", type=Path, help="where the projects are made; they stay if they differ")
    arguments = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=arguments.folder))
    calm, shaken = (clone(place / name) for name in ("calm", "shaken"))
    seconds = undisturbed(calm)
    rng = random.Random(arguments.seed)  # noqa: S311 -- no secret
    total = 0
    print(place, flush=True)
    for title, kills in disturbed(shaken, seconds, arguments.kills, arguments.only, rng):
        total += kills
        print(f"{title}: {kills} kills, {seconds[title]:.0f} s undisturbed", flush=True)
    differing = compared(calm, shaken, f"{total} kills")
    if differing:
        raise BadData(f"{place}: holds both projects; look at what differs, and delete it")
    shutil.rmtree(place)


def compared(calm: Project, shaken: Project, title: str) -> list[str]:
    """The files that differ, told; of locks how."""
    wanted, found = contents(calm.root), contents(shaken.root)
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    print(f"{title}; {len(wanted)} files, {len(differing)} differ or are missing or left over: {differing[:5]}")
    for name in differing:
        if name.endswith(".lock"):
            print(f"{name}:", *_apart(wanted.get(name), found.get(name)), sep="\n  ")
    return differing


def _apart(one: object, other: object, place: str = "") -> Iterator[str]:
    """Where two locks differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _apart(one.get(key), other.get(key), f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _apart(a, b, f"{place}/{at}")
    elif one != other:
        yield f"{place}: {one} / {other}"


if __name__ == "__main__":
    with gate():
        main()
