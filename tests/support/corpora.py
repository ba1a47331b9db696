"""A corpus as one thing, for tests: what is known of it, its reader, and its writer where the demo can speak it."""

from dataclasses import fields
from types import SimpleNamespace

from artinv.corpora import facts, readers, writers

Corpus = SimpleNamespace
names, spoken = facts.names, writers.names


def get(name: str) -> Corpus:
    """Facts, `find` and `read`, and `write`, `batch` and `finish` or None."""
    known, reader = facts.get(name), readers.get(name)
    written = writers.get(name) if name in writers.names() else SimpleNamespace(write=None, batch=1, finish=None)
    return Corpus(
        **{field.name: getattr(known, field.name) for field in fields(known)}, find=reader.find, read=reader.read,
        write=written.write, batch=written.batch, finish=written.finish,
    )
