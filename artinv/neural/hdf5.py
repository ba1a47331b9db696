"""Read items of an HDF5 file, with one line for each fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from artinv.runtime.errors import BadData, reason

RESTORE = "copy the file again, or export it again"

UNREADABLE = OSError, RuntimeError, LookupError, ValueError, TypeError, MemoryError
"""Exceptions that h5py raises for damaged content."""


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading; a missing, foreign or truncated file, and a fault while it is read, raise BadData."""
    if not path.is_file():
        raise BadData(f"{path}: is missing; name an existing file")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except UNREADABLE as error:
        raise BadData(f"{path}: cannot be read as HDF5, it is truncated or foreign ({reason(error)}); {RESTORE}") from None


def dataset(file: h5py.File, path: Path, key: str) -> h5py.Dataset:
    """Return a dataset; raise BadData if it is missing."""
    item = file.get(key)
    if not isinstance(item, h5py.Dataset):
        raise BadData(f"{path}: key {key} is missing; {RESTORE} with this key (docs/neural-data.md)")
    return item


def numbers(item: h5py.Dataset, path: Path, dimensions: int) -> np.ndarray:
    """Return an array of numbers with so many dimensions; raise BadData for other content."""
    if item.dtype.kind not in "iuf" or item.ndim != dimensions:
        shape = f"shape {item.shape} and type {item.dtype}"
        raise BadData(f"{path}: {item.name} has {shape}; expected numbers in {dimensions} dimensions; {RESTORE}")
    return item[:]


def texts(item: h5py.Dataset) -> list[str]:
    """Return text, whether it is stored with a fixed or a variable length."""
    return [text(value) for value in item[:]]


def text(value: object) -> str:
    """Return a value of an HDF5 file as text."""
    return value.decode("utf-8", "replace").rstrip("\0") if isinstance(value, bytes) else str(value)


def text_attribute(item: h5py.Dataset | h5py.File, name: str) -> str:
    """Return an attribute as text, "" where it is missing."""
    return text(item.attrs.get(name, ""))
