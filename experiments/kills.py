"""Kill runs at random moments: `python -m experiments.kills [--kills 50] [--seed 0] [--only "bulk inversion"] [--folder FOLDER]`.

A small project runs `dvc repro`, leave one speaker out and a bulk inversion undisturbed. In a second project all processes of the
same commands are killed with SIGKILL at random moments, and the commands are restarted until they finish. Requirement: all outputs
have the bytes of the undisturbed project, and no partial file is left.
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
    # the command of the Makefile
    "dvc repro": ["sh", "-c", "dvc repro || { [ $? -ne 252 ] && python -m artinv.runtime.repair && dvc repro; }"],
    "leave one speaker out": [sys.executable, "-m", "artinv.runtime.parallel_folds"],
    "bulk inversion": [sys.executable, "-m", "artinv", "invert", "data/demo", "-o", "out", "--format", "csv,npz,est,ssff"],
}
OUTPUTS = ("data", "metrics", "models", "out", "plots", "dvc.lock", "pipelines/demo/dvc.lock", "pipelines/loso/dvc.lock")
LEAST = 1.0  # s before a kill
FEWEST = 12  # planned kills of a phase, however short
PATIENCE = 3  # each time after so many kills, the maximum time before a kill grows


def contents(root: Path) -> dict[str, object]:
    """Return the content of all output files; parsed for lock files, since DVC adds stages in the order in which they end."""
    files = (path for name in OUTPUTS for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*")))
    return {
        str(path.relative_to(root)): yaml.safe_load(path.read_text()) if path.suffix == ".lock" else path.read_bytes()
        for path in files if path.is_file() and path.name != ".gitignore"
    }


def undisturbed(project: Project) -> dict[str, float]:
    """Run all phases; return the seconds of each."""
    seconds = {}
    for title, command in PHASES.items():
        begun = time.perf_counter()
        project.run(*command)
        seconds[title] = time.perf_counter() - begun
    return seconds


def disturbed(
    project: Project, seconds: dict[str, float], kills: int, only: list[str], rng: random.Random,
) -> Iterator[tuple[str, int]]:
    """Kill and restart each phase until it finishes; yield the phase and its number of kills."""
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
    """Run a command and kill it after some seconds; return False if it finished before."""
    with subprocess.Popen(command, cwd=project.root, env=project.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as process:
        try:
            _, errors = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            while left := [pid for pid in psutil.pids() if _is_of(pid, process.pid)]:  # processes may start others meanwhile
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            return True
    if process.returncode:
        raise BadData(f"`{' '.join(command)}` does not resume after a kill: {' '.join(errors.split())[-600:]}")
    return False


def _is_of(pid: int, session: int) -> bool:
    """Return whether a process belongs to a session and still runs."""
    try:
        return os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def main() -> None:
    """Print the number of kills and the files that differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="approximate number, divided between phases by duration")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], choices=list(PHASES), help="do not disturb the other phases")
    parser.add_argument("--folder", type=Path, help="where the projects are created; they are kept if they differ")
    arguments = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=arguments.folder))
    reference, killed = (clone(place / name) for name in ("undisturbed", "killed"))
    seconds = undisturbed(reference)
    rng = random.Random(arguments.seed)  # noqa: S311 -- not for cryptography
    total = 0
    print(place, flush=True)
    for title, kills in disturbed(killed, seconds, arguments.kills, arguments.only, rng):
        total += kills
        print(f"{title}: {kills} kills, {seconds[title]:.0f} s undisturbed", flush=True)
    differing = compared(reference, killed, f"{total} kills")
    if differing:
        raise BadData(f"{place}: holds both projects; look at what differs, and delete it")
    shutil.rmtree(place)


def compared(reference: Project, killed: Project, title: str) -> list[str]:
    """Print and return the files that differ; for lock files print the differences."""
    expected, actual = contents(reference.root), contents(killed.root)
    differing = sorted(name for name in expected.keys() | actual.keys() if expected.get(name) != actual.get(name))
    print(f"{title}; {len(expected)} files, {len(differing)} differ, are missing or are left over: {differing[:5]}")
    for name in differing:
        if name.endswith(".lock"):
            print(f"{name}:", *_differences(expected.get(name), actual.get(name)), sep="\n  ")
    return differing


def _differences(first: object, second: object, place: str = "") -> Iterator[str]:
    """Yield each place where two lock files differ, and both values."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted(first.keys() | second.keys()):
            yield from _differences(first.get(key), second.get(key), f"{place}/{key}")
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for at, (a, b) in enumerate(zip(first, second, strict=True)):
            yield from _differences(a, b, f"{place}/{at}")
    elif first != second:
        yield f"{place}: {first} / {second}"


if __name__ == "__main__":
    with gate():
        main()
