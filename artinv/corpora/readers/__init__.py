"""Readers of native files, one module per corpus: `find` searches for files by name, `read` converts one source to utterances."""

import importlib
from pathlib import Path
from typing import Protocol

from artinv.core.records import Utterance
from artinv.corpora import facts
from artinv.corpora.native.source import Listing, Source


class CorpusReader(Protocol):
    """Interface of each module in this folder."""

    def find(self, root: Path, /) -> Listing:
        """Return the sources below a folder, without opening a file."""

    def read(self, source: Source, /) -> list[Utterance]:
        """Read the sentences of a source, in recording order."""


def get(name: str) -> CorpusReader:
    """Return the reader of one corpus."""
    return importlib.import_module(f"{__name__}.{facts.get(name).name}")
