"""Make DVC's books readable again: `python -m artinv.runtime.mend`.

DVC writes a `dvc.lock`, and its table of who reads and writes what, over the old one. What ends it in that moment leaves half, and
no `dvc` command goes on. Here git's copy of such a lock comes back, or where git has none a new one is begun; what was done since
is then taken from DVC's cache of runs. From the table go processes that have ended: DVC takes one for running until somebody
has asked how it ended, which nobody does in containers whose first process is not made for it. Exit code 1: nothing was broken.
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

BROKEN = ".broken"
"""Ending of the copy of a broken lock."""

SCHEMA = "2.0"
"""Of the locks that are known here; others are left alone."""


def mend(root: Path) -> list[Path]:
    """What was broken, and no longer is. While another `dvc` writes, nothing is looked at: it may be in the middle."""
    places: list[Path] = []
    try:
        repo = Repo(root)
        with repo.lock:
            locks = (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock")))
            places += [path for path in locks if path.exists() and _is_half(path.read_bytes()) and _restored(repo, path)]
        hard = repo.config["core"].get("hardlink_lock", False)
        with make_lock(repo.fs.join(repo.tmp_dir, RWLOCK_LOCK), tmp_dir=repo.tmp_dir, hardlink_lock=hard):
            table = Path(repo.tmp_dir, RWLOCK_FILE)
            if table.exists() and (content := _without_ended(table.read_bytes())) is not None:
                whole = table.with_name(f"{table.name}.{os.getpid()}")
                whole.write_text(content, encoding="utf-8")
                whole.replace(table)
                places.append(table)
    except DvcException:
        pass  # whoever ran into it has been told
    return places


def _is_half(content: bytes) -> bool:
    """Of a lock that ends between its entries DVC itself does the rest once more, from its cache of runs."""
    try:
        known = yaml.safe_load(content)
        if isinstance(known, dict) and known.get("schema") not in (None, SCHEMA):
            return False
        stages = COMPILED_LOCKFILE_SCHEMA(known).get("stages", {}).values()
        entries = [entry for stage in stages for key in ("deps", "outs") for entry in stage.get(key, ())]
        lacking = any("size" not in entry or ("nfiles" in entry) != entry["md5"].endswith(".dir") for entry in entries)
    except (yaml.YAMLError, Invalid, KeyError):
        return True
    return lacking or not content.endswith(b"\n")


def _restored(repo: Repo, path: Path) -> bool:
    """From git, unless git says that it is in conflict. What was there is kept in DVC's folder for what is temporary."""
    shutil.copy(path, Path(repo.tmp_dir, f"{path.parent.name}.{path.name}{BROKEN}"))
    if not isinstance(repo.scm, NoSCM):
        found = _git(path, "ls-files")
        if found.returncode or found.stdout:
            return not _git(path, "checkout", "--quiet").returncode and not _is_half(path.read_bytes())
    path.unlink()
    return True


def _git(path: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *words, "--", path.name], cwd=path.parent, capture_output=True, check=False)  # noqa: S603, S607


def _without_ended(table: bytes) -> str | None:
    """The table without the entries of processes that have ended, where it has such or cannot be read."""
    try:
        known = json.loads(table)
        readers = {path: [one for one in entries if not _has_ended(one["pid"])] for path, entries in known.get("read", {}).items()}
        writers = {path: one for path, one in known.get("write", {}).items() if not _has_ended(one["pid"])}
    except (ValueError, LookupError, TypeError, AttributeError):
        return "{}"
    left = {"write": writers, "read": {path: entries for path, entries in readers.items() if entries}}
    return None if left == {"write": {}, "read": {}} | known else json.dumps(left)


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def mend_aloud(root: Path) -> bool:
    """Mend, and tell what; whether there was something."""
    places = mend(root)
    for place in places:
        print(one_line(f"artinv: {place}: was left broken by a run that was killed; mended"), file=sys.stderr)
    if any(place.suffix == ".lock" for place in places):
        print(one_line(f"artinv: {root / '.dvc' / 'tmp'}: keeps what was broken, as *{BROKEN}"), file=sys.stderr)
    return bool(places)


if __name__ == "__main__":
    with gate():
        found = mend_aloud(Path.cwd())
    sys.exit(not found)
