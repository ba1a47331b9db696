"""MATLAB 5 files that hold one struct array (USC-TIMIT, Haskins), as lists of dicts and back."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, savemat, whosmat
from scipy.io.matlab import MatReadError, MatReadWarning

from artinv.errors import BadData
from artinv.files import replacing

_BROKEN = (
    OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError, NotImplementedError,
    UnicodeError, struct.error, zlib.error, MatReadError, MatReadWarning,
)
_ELEMENTS = 64
"""More than any file of these corpora has; a broken header is not believed beyond."""


_DESCRIPTION = b"MATLAB 5.0 MAT-file".ljust(116)
"""Without the date that scipy writes there, so that equal content is equal bytes."""


def read_structs(path: Path) -> list[dict[str, Any]]:
    """The elements of the file's one struct array: field name -> text, array or list of dicts of the same kind."""
    path = Path(path)
    try:
        variables = whosmat(path)
        if len(variables) == 1 and variables[0][2] == "struct" and np.prod(variables[0][1], dtype=float) <= _ELEMENTS:
            array = loadmat(path, verify_compressed_data_integrity=False)[variables[0][0]]
            if array.dtype.names:
                return _plain(array)
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:120]
        raise BadData(f"{path}: cannot be read as a MATLAB 5 file ({reason}); restore the file from the corpus") from None
    raise BadData(f"{path}: does not hold exactly one struct array; restore the file from the corpus")


def write_structs(path: Path, elements: Sequence[Mapping[str, Any]]) -> None:
    """Write a 1xN struct array, uncompressed, under the file's stem as its name; the fields keep the order of the first element."""
    content = io.BytesIO()
    savemat(content, {Path(path).stem: _native(elements)}, long_field_names=True, oned_as="row")
    content.seek(0)
    content.write(_DESCRIPTION)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def number(path: Path, element: Mapping[str, Any], field: str) -> float:
    """A field that holds one number above 0."""
    value = element.get(field)
    if not isinstance(value, np.ndarray) or value.size != 1 or value.dtype.kind not in "iuf" or not value.item() > 0:
        raise BadData(f"{path}: {element.get('NAME', '?')}.{field} is no number above 0; restore the file from the corpus")
    return float(value.item())


def matrix(path: Path, element: Mapping[str, Any], field: str, columns: int) -> np.ndarray:
    """A field that holds a real matrix of at least one row and so many columns."""
    value = element.get(field)
    numeric = isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    if not (numeric and value.ndim == 2 and value.shape[1] >= columns and len(value)):
        raise BadData(f"{path}: {element.get('NAME', '?')}.{field} has not {columns} columns of numbers; restore the file")
    return value


def _plain(value: np.ndarray) -> Any:
    if value.dtype.names:
        return [{name: _plain(row[name]) for name in value.dtype.names} for row in value.ravel()]
    if value.dtype.kind == "U":
        return str(value.item()) if value.size == 1 else "".join(value.ravel())
    return value


def _native(value: Any) -> Any:
    if isinstance(value, str | float | np.ndarray | np.generic):
        return value
    array = np.empty((1, len(value)), dtype=[(name, object) for name in value[0]])
    for index, element in enumerate(value):
        array[0, index] = tuple(_native(field) for field in element.values())
    return array
