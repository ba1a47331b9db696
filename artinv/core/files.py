"""Atomic file writing: a file is written under a temporary name, then renamed, so that it is complete or absent."""

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

ARCHIVE_ERRORS = (
    OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, RuntimeError, MemoryError, ArithmeticError,
    SyntaxError, SystemError, zipfile.BadZipFile, zlib.error, tokenize.TokenError, struct.error,
)
"""Exceptions that zipfile and numpy raise when a file is not a valid .npz archive.

SyntaxError and TokenError come from a bad array header, RuntimeError from an encrypted member, SystemError from invalid Unicode
characters.
"""

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_UNFINISHED = re.compile(r"\.(.+)\.([0-9]+)\.part", re.DOTALL)


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path`: rename it to `path` when the block succeeds, remove it when the block fails."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_path(path)
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:  # for a full disk the system does not name the file
        if error.filename == str(temporary) or (error.filename is None and error.errno in _DISK_ERRORS):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """Return the temporary path at which this process writes `path`; git and DVC ignore it."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def abandoned_name(path: Path) -> str:
    """Return the final name of a temporary file whose process has ended; "" if the process still runs or for any other file."""
    match = _UNFINISHED.fullmatch(path.name)
    return match[1] if match and not _is_running(int(match[2])) else ""


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text with line feeds on every platform and locale; escape characters that UTF-8 cannot encode."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_json(path: Path | str, content: object, digits: int = 6) -> None:
    """Write JSON with sorted keys and rounded figures, so that equal results give equal bytes; NaN and infinity become null."""
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
