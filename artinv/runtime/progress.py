"""Progress of long work: a bar with an estimate on a terminal, nothing anywhere else."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


class _Bar(tqdm):
    """A bar that does not mind the clock being set."""

    _time = property(lambda _: time.monotonic, lambda _, clock: None)  # noqa: ARG005 -- the bar would set the clock of the wall


def track(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Pass the items on and show how far along they are."""
    return iter(_Bar(items, desc=title, total=total, disable=not sys.stderr.isatty(), dynamic_ncols=True, leave=False))
