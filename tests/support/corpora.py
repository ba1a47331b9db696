"""A corpus as one object for tests: its facts, its reader, and its writer if the demo can write it."""

from dataclasses import fields
from types import SimpleNamespace

from artinv.corpora import facts, readers, writers

Corpus = SimpleNamespace
names, spoken = facts.names, writers.names


def get(name: str) -> Corpus:
    """Return facts, `find`, `read`, `write`, `batch` and `finish` of a corpus; `write` and `finish` are None without a writer."""
    corpus_facts, reader = facts.get(name), readers.get(name)
    writer = writers.get(name) if name in writers.names() else SimpleNamespace(write=None, batch=1, finish=None)
    return Corpus(
        **{field.name: getattr(corpus_facts, field.name) for field in fields(corpus_facts)}, find=reader.find, read=reader.read,
        write=writer.write, batch=writer.batch, finish=writer.finish,
    )
