"""Files that are either whole or absent: written under a temporary name, then renamed."""

import errno
import json
import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

NO_ARCHIVE = (
    OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, RuntimeError, MemoryError, ArithmeticError,
    SyntaxError, SystemError, zipfile.BadZipFile, zlib.error, tokenize.TokenError, struct.error,
)
"""What zipfile and numpy raise on an .npz that is none.

SyntaxError and TokenError come of a header, RuntimeError of what cannot be unpacked, SystemError of letters that there are not.
"""


_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_UNFINISHED = re.compile(r"\.(.+)\.([0-9]+)\.part", re.DOTALL)


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well and removed when it does not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = unfinished(path)
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:  # of a full disk the system does not say which file
        if error.filename == str(temporary) or (error.filename is None and error.errno in _OF_THE_DISK):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """Where this process writes what will be `path`; git and DVC do not see it."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def left_over(path: Path) -> str:
    """The name of what a process that runs no more had begun there; none where one still does, or it is something else."""
    found = _UNFINISHED.fullmatch(path.name)
    return found[1] if found and not _lives(int(found[2])) else ""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text with line feeds as line ends, whatever the platform or locale; what is no UTF-8 in a name is escaped."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_json(path: Path | str, content: object, digits: int = 6) -> None:
    """Write JSON with sorted keys and rounded figures, so that equal results are equal bytes; NaN becomes null."""
    write_text(path, json.dumps(_plain(content, digits), indent=2, sort_keys=True, allow_nan=False) + "\n")


def _plain(value: object, digits: int) -> object:
    match value:
        case dict():
            return {str(key): _plain(item, digits) for key, item in value.items()}
        case list() | tuple() | np.ndarray():
            return [_plain(item, digits) for item in value]
        case bool() | np.bool_():
            return bool(value)
        case float() | np.floating():
            return round(float(value), digits) if np.isfinite(value) else None
        case np.integer():
            return int(value)
    return value
