"""Apply a function to every record of a folder, in parallel and in order, with one record in memory per process."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from artinv.core.records import Frames, Utterance
from artinv.core.store import Reader, Record, Writer, speakers
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

R = TypeVar("R")


def map_records(
    folder: Path | str, record_type: type[Record], work: Callable[[Record], R], title: str, *, workers: int = 0,
) -> Iterator[R]:
    """Yield `work(record)` for each record of a folder: speakers sorted, records in the order of writing.

    Other processes read the records and run `work`, so `work` must be a module-level function or a `partial` of one.
    """
    files = [Path(folder) / f"{speaker}.npz" for speaker in speakers(folder)]
    items = [(path, name) for path in files for name in Reader(path, record_type).names]
    yield from track(imap(_Job(record_type, work), items, workers), title, len(items))


def transform(
    source: Path | str, target: Path | str, record_type: type[Record], work: Callable[[Record], Utterance | Frames], title: str, *,
    workers: int = 0, through: Callable[[Iterable], Iterable] = iter,
) -> None:
    """Write `work(record)` for each record of the source folder into the target folder.

    `through` passes the results on unchanged and may count them; if it raises, no file is written.
    """
    with Writer(target) as writer:
        for record in through(map_records(source, record_type, work, title, workers=workers)):
            writer.add(record)


class _Job(Generic[Record, R]):
    """Read one record and apply `work` to it."""

    def __init__(self, record_type: type[Record], work: Callable[[Record], R]) -> None:
        self.record_type: type = record_type
        self.work = work

    def __call__(self, item: tuple[Path, str]) -> R:
        path, name = item
        status = path.stat()
        return self.work(_reader(path, self.record_type, (status.st_mtime_ns, status.st_size, status.st_ino))[name])


@lru_cache(maxsize=2)
def _reader(path: Path, record_type: type, version: tuple) -> Reader:  # noqa: ARG001, `version` is part of the cache key
    """Open a file, or return it from the cache: its table of contents takes far longer to read than one record."""
    return Reader(path, record_type)
