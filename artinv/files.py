"""Files that are either whole or absent: written under a temporary name, then renamed."""

import errno
import json
import os
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


FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Faults of a disk while something is written."""


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well and removed when it does not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:  # of a full disk the system does not say which file
        if error.filename == str(temporary) or (error.filename is None and error.errno in FULL):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def lives(pid: int) -> bool:
    """Whether a process runs here, so that what bears its number is not yet left over."""
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
