"""A disk that is full again and again: `python -m experiments.full_disk [--step 4]`, as root, for it mounts a small tmpfs.

The commands of experiments.kills run in a project on a disk on which nothing more has place. Each time a line is to say so, without
a traceback; then the disk gets a few MB more, and the same command runs again. What is to hold in the end: every output has the
bytes of a project that was not disturbed, and nothing half-written lies about.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artinv.runtime.errors import BadData, gate
from experiments.kills import PHASES, compared, undisturbed
from tests.conftest import Project, clone

WORDS = ("No space left on device", "disk is full", "not enough free space")
MOST = 500  # MB, by which everything has place


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A tmpfs as large as what lies on it."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={MOST}m", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def full(project: Project, step: float) -> Iterator[tuple[str, float, str]]:
    """Run all that is to be run; each time that the disk was full: at what, its size in MB, and the line that said so."""
    size = sum(path.lstat().st_blocks for path in project.root.parent.rglob("*")) / 2048 + 1
    for title, command in PHASES.items():
        while lines := _lines(project, command, size):
            told = [line for line in lines if any(word.lower() in line.lower() for word in WORDS)]
            if not told or any("Traceback" in line for line in lines) or size > MOST:
                raise BadData(f"`{' '.join(command)}` with {size:.0f} MB: {' '.join(' '.join(lines).split())[-800:]}")
            yield title, size, told[-1]
            size += step


def _lines(project: Project, command: list[str], size: float) -> list[str]:
    """What a command said that did not end well."""
    _mount("-o", f"remount,size={round(size * 1024)}k", project.root.parent)
    done = project.run(*command, check=False, TMPDIR=str(project.root.parent))
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def main() -> None:
    """Print what was told, and what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=float, default=4.0, help="MB that the disk grows by")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        calm = clone(Path(place) / "calm")
        undisturbed(calm)
        with disk(Path(place) / "disk") as folder:
            project, times = clone(folder / "project"), 0
            for title, size, line in full(project, arguments.step):
                times += 1
                print(f"{title}, {size:.0f} MB: {line}", flush=True)
            differing = compared(calm, project, f"full {times} times")
        if differing:
            raise SystemExit(1)


if __name__ == "__main__":
    with gate():
        main()
