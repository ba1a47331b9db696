"""Commands of `python -m artinv`: every module in this folder is a command.

The docstring of a module is its help text. `add(parser)` declares the arguments, `run(options, workspace)` executes the command
in a project folder. Modules that are slow to import are imported inside `run`, so that help is shown without delay.
"""

import pkgutil
from pathlib import Path

from artinv.runtime.errors import BadParams


def names() -> list[str]:
    """Return the names of all commands."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def output(path: Path, *inputs: Path, kind: bytes = b"") -> Path:
    """Return a path to write; reject a folder, an input, and an existing file that does not start with `kind`."""
    if path.is_dir():
        raise BadParams(f"{path}: is a folder; name a file to write")
    parent = path.parent.resolve()
    device = parent == Path("/dev") or parent.is_relative_to("/proc")  # /dev/stdout may be a link to a file
    if device or (path.exists() and not path.is_file()):  # writing would replace it by a file
        raise BadParams(f"{path}: is a device or a pipe; name a file to write")
    if any(path.exists() and source.exists() and path.samefile(source) for source in inputs):
        raise BadParams(f"{path}: is one of the files that are read; name another file to write")
    if kind and path.exists() and path.stat().st_size and not path.read_bytes().startswith(kind):
        raise BadParams(f"{path}: exists and has other content; name another file to write")
    ancestor = next(folder for folder in path.absolute().parents if folder.exists())
    if not ancestor.is_dir():
        raise BadParams(f"{path}: cannot be created, {ancestor} is no folder; name another file to write")
    return path
