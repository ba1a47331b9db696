"""Commands of `artinv`: every module in this folder is a command.

The docstring of a module is its help text. `add(parser)` declares the arguments, `run(options, workspace)` executes the command
in a project folder. Modules that are slow to import are imported inside `run`, so that help is shown without delay.
"""

import os
import pkgutil
import re
import sys
from pathlib import Path

from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadParams, one_line

MODEL_CURE = "name a model with --model, or none for the model that artinv comes with"

_PIPELINE = re.compile(r"`(?:make|dvc) ")
_ALTERNATIVE = re.compile(r", or run `(?:make|dvc) [^`]*`")


def names() -> list[str]:
    """Return the names of all commands; a module `adapt_to` is the command `adapt-to`."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def in_project(workspace: Workspace) -> bool:
    """Return whether a folder holds a project, with its parameters and pipelines."""
    return workspace.params.exists() and workspace.lock.with_suffix(".yaml").exists()


def in_place(message: str, workspace: Workspace) -> str:
    """Return an error message; outside a project, without the advice to run a pipeline.

    >>> in_place("a.json: is missing; run `make repro`", Workspace(Path("nowhere")))
    "a.json: is missing; run the command in a project's folder, where a pipeline makes it (README.md)"
    """
    if in_project(workspace):
        return message
    clauses = _ALTERNATIVE.sub("", message).split("; ")
    kept = [clause for clause in clauses if not _PIPELINE.search(clause)]
    if len(kept) == len(clauses):
        return "; ".join(clauses)
    return "; ".join([*kept, "run the command in a project's folder, where a pipeline makes it (README.md)"])


def present(*paths: Path) -> list[Path]:
    """Return the files and folders that exist."""
    return [path for path in paths if path.exists()]


def output(path: Path, *inputs: Path, kind: bytes = b"") -> Path:
    """Return a path to write; reject a folder, an input, and an existing file that does not start with `kind`."""
    if path.is_dir():
        raise BadParams(f"{path}: is a folder; name a file to write")
    parent = path.parent.resolve()
    device = parent == Path("/dev") or parent.is_relative_to("/proc")  # /dev/stdout may be a link to a file
    if device or (path.exists() and not path.is_file()):  # writing would replace it by a file
        raise BadParams(f"{path}: is a device or a pipe; name a file to write")
    if any(path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)) for other in inputs):
        raise BadParams(f"{path}: is one of the files that are read or written; name another file")
    if kind and path.exists() and path.stat().st_size and not path.read_bytes().startswith(kind):
        raise BadParams(f"{path}: exists and has other content; name another file to write")
    ancestor = next(folder for folder in path.absolute().parents if folder.exists())
    if not ancestor.is_dir():
        raise BadParams(f"{path}: cannot be created, {ancestor} is no folder; name another file to write")
    check_permission(path, ancestor, "name a file elsewhere")
    return path


def output_folder(path: Path) -> Path:
    """Return a folder to write into, which may not exist yet; reject a file and a folder without write permission."""
    ancestor = next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
    if not ancestor.is_dir():
        raise BadParams(f"{path}: {'is' if ancestor == path.absolute() else f'{ancestor} is'} no folder; choose another with -o")
    check_permission(path, ancestor, "choose another with -o")
    return path


def check_permission(path: Path, folder: Path, cure: str) -> None:
    """Raise BadParams if the user may not write `path` because of the permissions of a folder."""
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadParams(f"{path}: cannot be written, you have no permission to write into {folder}; {cure}")


def tell(text: str) -> bool:
    """Print one line on stderr, above the progress bar; return True."""
    from tqdm import tqdm

    tqdm.write(one_line(f"artinv: {text}"), file=sys.stderr)
    return True


def one_thread() -> None:
    """Let numpy, which reads this when it is imported, compute on one thread, so that equal sound gives equal bytes."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
