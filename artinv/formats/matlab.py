"""Read and write MATLAB 5 files that hold one struct array (USC-TIMIT, Haskins) as a list of dicts."""

import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat

from artinv.core.files import replacing
from artinv.formats import mat5
from artinv.runtime.errors import BadData, one_line, reason

_BROKEN = (OSError, ValueError, IndexError, OverflowError, MemoryError, zlib.error)

_DESCRIPTION = b"MATLAB 5.0 MAT-file".ljust(116)
"""File description without the date that scipy writes, so that equal content gives equal bytes."""


def read_structs(path: Path) -> list[dict[str, Any]]:
    """Read the only struct array of a file: one dict per element, field name -> text, array or nested list of dicts.

    If a file holds several struct arrays, read the one that has the name of the file.
    """
    path = Path(path)
    try:
        arrays = [variable for variable in mat5.variables(path.read_bytes()) if variable.is_struct]
        named = [variable for variable in arrays if variable.name.lower() == path.stem.lower()]
        if len(named or arrays) == 1:
            return (named or arrays)[0].value()
    except _BROKEN as error:
        fault = reason(error)[:120]
        raise BadData(f"{path}: cannot be read as a MATLAB 5 file ({fault}); restore the file from the corpus") from None
    raise BadData(f"{path}: does not hold exactly one struct array; restore the file from the corpus")


def by_name(path: Path) -> dict[str, dict[str, Any]]:
    """Read the struct array of a file: value of the field NAME, in upper case -> element."""
    return {str(element.get("NAME")).strip().upper(): element for element in read_structs(path)}


def write_structs(path: Path, elements: Sequence[Mapping[str, Any]], *, compress: bool = False, name: str = "") -> None:
    """Write a 1xN struct array named `name` or as the stem of the file; the fields have the order of the first element."""
    content = io.BytesIO()
    savemat(content, {name or Path(path).stem: _native(elements)}, long_field_names=True, oned_as="row", do_compression=compress)
    content.seek(0)
    content.write(_DESCRIPTION)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def number(path: Path, element: Mapping[str, Any], field: str) -> float:
    """Return a field that must hold one finite number above 0."""
    value = element.get(field)
    if not isinstance(value, np.ndarray) or value.size != 1 or value.dtype.kind not in "iuf" or not 0 < value.item() < np.inf:
        raise BadData(f"{path}: {_label(element)}.{field} is not a number above 0; restore the file from the corpus")
    return float(value.item())


def matrix(path: Path, element: Mapping[str, Any], field: str, columns: int) -> np.ndarray:
    """Return a field that must hold a real matrix of one row and `columns` columns or more; floats become float32."""
    value = element.get(field)
    numbers = value if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" else None
    if numbers is None or numbers.ndim != 2 or numbers.shape[1] < columns or not len(numbers):
        raise BadData(f"{path}: {_label(element)}.{field} does not hold {columns} columns of numbers; restore the file")
    with np.errstate(over="ignore", invalid="ignore"):
        return numbers.astype(np.float32, copy=False) if numbers.dtype.kind == "f" else numbers


def _label(element: Mapping[str, Any]) -> str:
    """Return the NAME of an element for an error message; in a damaged file it can be anything."""
    return one_line(str(element.get("NAME", "?"))[:40])


def _native(value: Any) -> Any:
    if isinstance(value, str | float | np.ndarray | np.generic):
        return value
    array = np.empty((1, len(value)), dtype=[(name, object) for name in value[0]])
    for index, element in enumerate(value):
        array[0, index] = tuple(_native(field) for field in element.values())
    return array
