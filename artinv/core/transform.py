"""Work on every record of a folder, in parallel and in order, with one record in memory at a time in each process."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from artinv.core.records import Frames, Utterance
from artinv.core.store import Reader, Writer, speakers
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

R = TypeVar("R")


def over(
    folder: Path | str, record_type: type[Utterance] | type[Frames], work: Callable[[Utterance | Frames], R], title: str, *,
    workers: int = 0,
) -> Iterator[R]:
    """What `work` makes of each record of a folder: speakers sorted, records in the order in which they were written.

    `work` runs in other processes and reads its record there, so it must be a module's function or a `partial` of one.
    """
    files = [Path(folder) / f"{speaker}.npz" for speaker in speakers(folder)]
    items = [(path, name) for path in files for name in Reader(path, record_type).names]
    yield from track(imap(_Job(record_type, work), items, workers), title, len(items))


def transform(
    source: Path | str, target: Path | str, record_type: type[Utterance] | type[Frames],
    work: Callable[[Utterance | Frames], Utterance | Frames], title: str, *, workers: int = 0,
) -> None:
    """Write what `work` makes of each record of a folder into another."""
    with Writer(target) as writer:
        for record in over(source, record_type, work, title, workers=workers):
            writer.add(record)


class _Job:
    """Read one record and work on it."""

    def __init__(self, record_type: type, work: Callable) -> None:
        self.record_type, self.work = record_type, work

    def __call__(self, item: tuple[Path, str]) -> object:
        path, name = item
        facts = path.stat()
        return self.work(_reader(path, self.record_type, (facts.st_mtime_ns, facts.st_size, facts.st_ino))[name])


@lru_cache(maxsize=2)
def _reader(path: Path, record_type: type, version: tuple) -> Reader:  # noqa: ARG001, the version makes a changed file another one
    """A file's table of contents costs far more than one of its records, so a process keeps the last ones open."""
    return Reader(path, record_type)
