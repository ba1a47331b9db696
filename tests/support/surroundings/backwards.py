"""Folders that list their files backwards: to a file system as good an order as any, and not the one that tests were made with."""

import os
from collections.abc import Iterator
from typing import Self

_listdir, _scandir = os.listdir, os.scandir


def listdir(path: str = ".") -> list:
    """Stands for `os.listdir`."""
    return sorted(_listdir(path), reverse=True)


class scandir:  # noqa: N801 -- stands for `os.scandir`
    """Entries that can be left like a file."""

    def __init__(self, path: str = ".") -> None:
        with _scandir(path) as entries:
            self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

    def __iter__(self) -> Iterator[os.DirEntry]:
        return self.entries

    def __next__(self) -> os.DirEntry:
        return next(self.entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open any more."""
