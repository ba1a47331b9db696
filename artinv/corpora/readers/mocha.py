"""Read the native files of MOCHA-TIMIT."""

import re
from functools import lru_cache
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Utterance, sentence_key
from artinv.corpora.facts.mocha import LIST, LOST, RATE, SPEAKERS, UNIT, UNUSABLE
from artinv.corpora.native import folder
from artinv.corpora.native.source import Consequence, Listing, Missing, Source
from artinv.formats import est, labels, sound


def find(root: Path) -> Listing:
    """Find `<speaker>_NNN` .wav, .ema and, if present, .lab, and the list of sentences in any folder."""
    listing = folder.find(
        root, pattern=r"(?P<speaker>[a-z0-9]+)_\d{3}", needed=(".wav", ".ema"), wanted=(".lab",), speakers=SPEAKERS,
        unusable=lambda path: UNUSABLE.get(path.stem.lower(), ""), shared=lambda path: path.name.lower() == LIST,
    )
    if listing.sources and not any(path.name.lower() == LIST for path in listing.sources[0].files):
        missing = Missing(LIST, "sentences are known by number alone", Consequence.SENTENCES_BY_NUMBER)
        listing = Listing(listing.sources, (*listing.missing, missing), listing.skipped)
    return listing


def read(source: Source) -> list[Utterance]:
    """Read one sentence; coils without a channel in the file are NaN."""
    files = folder.of_source(source)
    track = est.read(files[".ema"])
    samples, rate = sound.read(files[".wav"])
    start, coil_rate, notes = track.clock(RATE)
    phones, label_notes = labels.optional(files.get(".lab"), labels.spans)
    coils = np.full((len(track.times), len(COIL_COLUMNS)), np.nan, np.float32)
    for index, name in enumerate(COIL_COLUMNS):
        column = track.column(name)
        if column is not None:
            coils[:, index] = est.scaled(column, -UNIT if name.endswith("_x") else UNIT)
    if lost := LOST.get(source.name):
        coils[:, [index for index, name in enumerate(COIL_COLUMNS) if name.startswith(f"{lost}_")]] = np.nan
        notes = (*notes, f"coil known to be bad: {lost}")
    number = int(source.name[-3:])
    text = texts(files[".txt"]).get(number, "") if ".txt" in files else ""
    return [Utterance(
        corpus="mocha", speaker=source.speaker, name=source.name, order=number, text=text,
        sentence=sentence_key(text) or f"timit-460/{number:03d}", sound=samples, sound_rate=rate,
        coils=coils, coil_rate=coil_rate, coil_start=start, phones=phones,
        notes=(*notes, *label_notes, *(() if text else ("no text, sentence known by number",))),
    )]


def texts(path: Path) -> dict[int, str]:
    """Read the list of sentences, number -> text.

    Entries such as `001. This was easy for us.` are separated by blank lines; a long sentence takes two lines.
    """
    return _texts(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _texts(path: Path, _changed: int) -> dict[int, str]:
    sentences: dict[int, list[str]] = {}
    number = None
    for line in path.read_text(encoding="latin-1").splitlines():
        if match := re.match(r"\s*(\d{1,3})\.\s+(.*)", line):
            number = int(match[1])
            sentences[number] = match[2].split()
        elif number is not None:
            sentences[number] += line.split()
    return {number: " ".join(words) for number, words in sentences.items()}
