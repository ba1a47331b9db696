"""One module per command of `python -m artinv`; the folder is the registry.

A module's docstring is its help. `add(parser)` declares what the command takes, `run(options)` carries it out. What is slow to
import is imported inside `run`, so that help comes at once.
"""

import pkgutil
from pathlib import Path

from artinv.runtime.errors import BadParams


def names() -> list[str]:
    """The commands there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def output(path: Path, *inputs: Path, kind: bytes = b"") -> Path:
    """A file to write: no folder, none of what is read, and nothing else of the user's, unless it begins like what is written."""
    if path.is_dir():
        raise BadParams(f"{path}: is a folder; name a file to write")
    place = path.parent.resolve()
    device = place == Path("/dev") or place.is_relative_to("/proc")  # /dev/stdout may be a file by way of a link
    if device or (path.exists() and not path.is_file()):  # what is written would take its place
        raise BadParams(f"{path}: is a device or a pipe; name a file to write")
    if any(path.exists() and one.exists() and path.samefile(one) for one in inputs):
        raise BadParams(f"{path}: is one of the files that are read; name another one to write")
    if kind and path.exists() and path.stat().st_size and not path.read_bytes().startswith(kind):
        raise BadParams(f"{path}: is there already and holds something else; name another file to write")
    above = next(place for place in path.absolute().parents if place.exists())
    if not above.is_dir():
        raise BadParams(f"{path}: cannot lie below {above}, which is no folder; name another file to write")
    return path
