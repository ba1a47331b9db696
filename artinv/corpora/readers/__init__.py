"""Readers of native files, one module a corpus: `find` looks at names, `read` translates one source into utterances."""

import importlib
from pathlib import Path
from typing import Protocol

from artinv.core.records import Utterance
from artinv.corpora import facts
from artinv.corpora.native.source import Found, Source


class Reader(Protocol):
    """What a module of this folder holds."""

    def find(self, root: Path, /) -> Found:
        """The sources below a folder, without opening a file."""

    def read(self, source: Source, /) -> list[Utterance]:
        """Complete sentences, in recording order."""


def get(name: str) -> Reader:
    """The reader of one corpus."""
    return importlib.import_module(f"{__name__}.{facts.get(name).name}")
