"""Make DVC's books readable again: `python -m pipelines.mend`.

DVC writes a `dvc.lock`, and its table of who reads and writes what, over the old one. What ends it in that moment leaves half,
and no `dvc` command goes on. Here such a lock becomes the committed one again; what was done since is then taken from DVC's cache
of runs. The table only matters while something runs: it is removed. Exit code 1: nothing was broken.
"""

import json
import subprocess
import sys
from pathlib import Path

from dvc.dvcfile import Lockfile
from dvc.exceptions import DvcException
from dvc.lock import LockError, make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK

from artinv.errors import gate, one_line


def mend(root: Path) -> list[Path]:
    """What was broken, and no longer is. While another `dvc` writes, nothing is looked at: it may be in the middle."""
    repo = Repo(root)
    try:
        with repo.lock:
            locks = (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock")))
            mended = [path for path in locks if path.exists() and _is_half(repo, path) and _restored(path)]
        with make_lock(repo.fs.join(repo.tmp_dir, RWLOCK_LOCK), tmp_dir=repo.tmp_dir):
            table = Path(repo.tmp_dir, RWLOCK_FILE)
            if table.exists() and not _is_json(table):
                table.unlink()
                mended.append(table)
    except LockError:
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


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    with gate():
        mended = mend(Path.cwd())
        for place in mended:
            print(one_line(f"artinv: {place}: was written by half when a run was stopped; made readable again"), file=sys.stderr)
    sys.exit(not mended)
