"""Fill the disk repeatedly: `python -m experiments.full_disk [--step 4]`, as root, since it mounts a small tmpfs.

The commands of experiments.kills run in a project on a full disk. Each failure must be reported in one line without a traceback;
then the disk grows by a few MB, and the same command runs again. Requirement: in the end all outputs have the bytes of an
undisturbed project, and no partial file is left.
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
MOST = 500  # MB, enough for all outputs


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """Mount a tmpfs on a folder while the block runs."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={MOST}m", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def full(project: Project, step: float) -> Iterator[tuple[str, float, str]]:
    """Run all phases; yield the phase, the size in MB and the message for each time that the disk is full."""
    size = sum(path.lstat().st_blocks for path in project.root.parent.rglob("*")) / 2048 + 1
    for title, command in PHASES.items():
        while lines := _failure(project, command, size):
            messages = [line for line in lines if any(word.lower() in line.lower() for word in WORDS)]
            if not messages or any("Traceback" in line for line in lines) or size > MOST:
                raise BadData(f"`{' '.join(command)}` with {size:.0f} MB: {' '.join(' '.join(lines).split())[-800:]}")
            yield title, size, messages[-1]
            size += step


def _failure(project: Project, command: list[str], size: float) -> list[str]:
    """Run a command on a disk of a size in MB; return its output lines if it fails."""
    _mount("-o", f"remount,size={round(size * 1024)}k", project.root.parent)
    done = project.run(*command, check=False, TMPDIR=str(project.root.parent))
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def main() -> None:
    """Print the messages and the files that differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=float, default=4.0, help="MB by which the disk grows")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        undisturbed_project = clone(Path(place) / "calm")
        undisturbed(undisturbed_project)
        with disk(Path(place) / "disk") as folder:
            project, times = clone(folder / "project"), 0
            for title, size, line in full(project, arguments.step):
                times += 1
                print(f"{title}, {size:.0f} MB: {line}", flush=True)
            differing = compared(undisturbed_project, project, f"disk full {times} times")
        if differing:
            raise SystemExit(1)


if __name__ == "__main__":
    with gate():
        main()
