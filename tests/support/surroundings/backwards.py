"""List folders in reverse order, to test that results do not depend on the order of a file system."""

import os
from collections.abc import Iterator
from typing import Self

_listdir, _scandir = os.listdir, os.scandir


def listdir(path: str = ".") -> list:
    """Replace `os.listdir`; names in reverse order."""
    return sorted(_listdir(path), reverse=True)


class scandir:  # noqa: N801 -- replaces `os.scandir`
    """Replace `os.scandir`; entries in reverse order, also as a context manager."""

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
        """Do nothing; the folder is already closed."""
