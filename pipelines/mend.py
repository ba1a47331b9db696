"""Make DVC's books readable again: `python -m pipelines.mend`.

DVC writes a `dvc.lock`, and its table of who reads and writes what, over the old one. What ends it in that moment leaves half,
and no `dvc` command goes on. Here such a lock becomes the committed one again; what was done since is then taken from DVC's cache
of runs. From the table goes what a process has entered that runs no more: DVC knows those that are gone, not those that nobody has
asked how they ended, as in containers whose first process does not. Exit code 1: nothing was broken.
"""

import json
import subprocess
import sys
from pathlib import Path

import psutil
from dvc.dvcfile import Lockfile
from dvc.exceptions import DvcException, NotDvcRepoError
from dvc.lock import LockError, make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK

from artinv.errors import gate, one_line
from artinv.files import write_text


def mend(root: Path) -> list[Path]:
    """What was broken, and no longer is. While another `dvc` writes, nothing is looked at: it may be in the middle."""
    try:
        repo = Repo(root)
        with repo.lock:
            locks = (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock")))
            mended = [path for path in locks if path.exists() and _is_half(repo, path) and _restored(path)]
        with make_lock(repo.fs.join(repo.tmp_dir, RWLOCK_LOCK), tmp_dir=repo.tmp_dir):
            table = Path(repo.tmp_dir, RWLOCK_FILE)
            if table.exists() and (content := _of_the_living(table.read_bytes())) is not None:
                write_text(table, content)
                mended.append(table)
    except (LockError, NotDvcRepoError):
        return []
    return mended


def _is_half(repo: Repo, path: Path) -> bool:
    """Of a lock that ends between its entries DVC itself does the rest once more, from its cache of runs."""
    try:
        stages = Lockfile(repo, str(path)).load().get("stages", {}).values()
    except (DvcException, UnicodeDecodeError):
        return True
    entries = (entry for stage in stages for key in ("deps", "outs") for entry in stage.get(key, ()))
    lacking = any("size" not in entry or ("nfiles" in entry) != entry["md5"].endswith(".dir") for entry in entries)
    return lacking or not path.read_bytes().endswith(b"\n")


def _restored(path: Path) -> bool:
    """As it was committed; one that git does not know is begun anew, and one that git says is in conflict is left alone."""
    if _git(path, "ls-files").stdout:
        return not _git(path, "checkout", "--quiet").returncode
    path.unlink()
    return True


def _git(path: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *words, "--", path.name], cwd=path.parent, capture_output=True, check=False)  # noqa: S603, S607


def _of_the_living(table: bytes) -> str | None:
    """The table without the entries of processes that run no more, where it has such or cannot be read."""
    try:
        known = json.loads(table)
        readers = {path: [one for one in entries if _lives(one["pid"])] for path, entries in known.get("read", {}).items()}
        writers = {path: one for path, one in known.get("write", {}).items() if _lives(one["pid"])}
    except (ValueError, LookupError, TypeError, AttributeError):
        return "{}"
    living = {"write": writers, "read": {path: entries for path, entries in readers.items() if entries}}
    return None if living == {"write": {}, "read": {}} | known else json.dumps(living)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    with gate():
        mended = mend(Path.cwd())
        for place in mended:
            print(one_line(f"artinv: {place}: was left broken by a run that was killed; mended"), file=sys.stderr)
    sys.exit(not mended)
