"""Repair DVC's files after a run was killed while DVC wrote them: `python -m artinv.runtime.repair`.

DVC overwrites each `dvc.lock`, and its table of readers and writers (`rwlock`), in place. A kill at that moment leaves half a file,
and every `dvc` command fails. This module restores such a lock from git, or deletes it where git has no copy; DVC then fills it
from its run cache. It also removes ended processes from the table: DVC counts a zombie process as running, and containers
without an init process keep zombies. Exit code 1: nothing was damaged.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import yaml
from dvc.exceptions import DvcException
from dvc.lock import make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.scm import NoSCM
from voluptuous import Invalid

from artinv.runtime.errors import gate, one_line

DVC = "3.67.1"
"""Version of DVC whose internals this module was tested with."""

BROKEN = ".broken"
"""Suffix of the copy of a damaged lock."""

SCHEMA = "2.0"
"""Version of the locks that this module can repair; it leaves others unchanged."""


def repair(root: Path) -> list[Path]:
    """Repair damaged files and return their paths; do nothing while another `dvc` process holds its lock, because it may write."""
    repaired: list[Path] = []
    try:
        repo = Repo(root)
        with repo.lock:
            locks = (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock")))
            repaired += [path for path in locks if path.exists() and _is_incomplete(path.read_bytes()) and _restored(repo, path)]
        hard = repo.config["core"].get("hardlink_lock", False)
        with make_lock(repo.fs.join(repo.tmp_dir, RWLOCK_LOCK), tmp_dir=repo.tmp_dir, hardlink_lock=hard):
            table = Path(repo.tmp_dir, RWLOCK_FILE)
            if table.exists() and (content := _without_ended(table.read_bytes())) is not None:
                temporary = table.with_name(f"{table.name}.{os.getpid()}")
                temporary.write_text(content, encoding="utf-8")
                temporary.replace(table)
                repaired.append(table)
    except DvcException:
        pass  # the `dvc` command that failed has reported it
    return repaired


def _is_incomplete(content: bytes) -> bool:
    """Return whether a lock was cut off within an entry. A lock cut off between entries is valid: DVC restores the rest itself."""
    try:
        lock = yaml.safe_load(content)
        if isinstance(lock, dict) and lock.get("schema") not in (None, SCHEMA):
            return False
        stages = COMPILED_LOCKFILE_SCHEMA(lock).get("stages", {}).values()
        entries = [entry for stage in stages for key in ("deps", "outs") for entry in stage.get(key, ())]
        incomplete = any("size" not in entry or ("nfiles" in entry) != entry["md5"].endswith(".dir") for entry in entries)
    except (yaml.YAMLError, Invalid, KeyError):
        return True
    return incomplete or not content.endswith(b"\n")


def _restored(repo: Repo, path: Path) -> bool:
    """Restore a lock from git, unless git reports a conflict; keep the damaged lock in DVC's folder for temporary files."""
    shutil.copy(path, Path(repo.tmp_dir, f"{path.parent.name}.{path.name}{BROKEN}"))
    if not isinstance(repo.scm, NoSCM):
        tracked = _git(path, "ls-files")
        if tracked.returncode or tracked.stdout:
            return not _git(path, "checkout", "--quiet").returncode and not _is_incomplete(path.read_bytes())
    path.unlink()
    return True


def _git(path: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = ["git", *arguments, "--", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, check=False)  # noqa: S603


def _without_ended(table: bytes) -> str | None:
    """Return the table without ended processes, an empty table if it is unreadable, or None if nothing changes."""
    try:
        known = json.loads(table)
        readers = {path: [entry for entry in entries if not _has_ended(entry["pid"])]
                   for path, entries in known.get("read", {}).items()}
        writers = {path: entry for path, entry in known.get("write", {}).items() if not _has_ended(entry["pid"])}
    except (ValueError, LookupError, TypeError, AttributeError):
        return "{}"
    running = {"write": writers, "read": {path: entries for path, entries in readers.items() if entries}}
    return None if running == {"write": {}, "read": {}} | known else json.dumps(running)


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def repair_and_report(root: Path) -> bool:
    """Repair damaged files and print their paths; return whether something was damaged."""
    repaired = repair(root)
    for path in repaired:
        print(one_line(f"artinv: {path}: was damaged when a run was killed; repaired"), file=sys.stderr)
    if any(path.suffix == ".lock" for path in repaired):
        print(one_line(f"artinv: {root / '.dvc' / 'tmp'}: keeps the damaged files as *{BROKEN}"), file=sys.stderr)
    return bool(repaired)


if __name__ == "__main__":
    with gate():
        any_damaged = repair_and_report(Path.cwd())
    sys.exit(not any_damaged)
