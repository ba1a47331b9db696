"""Show the progress of long work: a bar with an estimate of the remaining time on a terminal, nothing elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


class _Bar(tqdm):
    """A bar that uses a monotonic clock, so that a change of the system time does not disturb it."""

    _time = property(lambda _: time.monotonic, lambda _, clock: None)  # noqa: ARG005 -- tqdm would set the system clock here


def track(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Yield the items and show the progress."""
    return iter(_Bar(items, desc=title, total=total, disable=not sys.stderr.isatty(), dynamic_ncols=True, leave=False))
