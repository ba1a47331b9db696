"""Progress of long work: a bar with an estimate on a terminal, nothing anywhere else."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def track(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Pass the items on and show how far along they are."""
    return iter(tqdm(items, desc=title, total=total, disable=not sys.stderr.isatty(), dynamic_ncols=True, leave=False))
