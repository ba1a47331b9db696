"""Synthetic corpora in the native formats: the recordings that the project carries, for its tests and for a first run.

Nothing measured on them says anything about real speakers.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from artinv import corpora, parallel
from artinv.channels import COIL_COLUMNS
from artinv.corpus import SYNTHETIC, Corpus
from artinv.errors import BadData, BadParams
from artinv.files import left_over, unfinished, write_text
from artinv.params import Params
from artinv.progress import track
from artinv.synth import dice
from artinv.synth.damage import Damage
from artinv.synth.lexicon import Sentence, sentence
from artinv.synth.recording import speak
from artinv.synth.speakers import Speaker, Variability, make

READING_LISTS = {"mocha": "460", "usc": "460", "hprc": "720"}
"""MOCHA and USC-TIMIT read the same sentences; a corpus that is not named has a list of its own."""

FAST = 0.72
"""Durations of fast speech, times those of normal speech."""

_MEAN_SECONDS = 2.8
_OPEN_ENDED = "hprc"  # the corpus that extra speakers join
_VELUM = [index for index, column in enumerate(COIL_COLUMNS) if column.startswith("v_")]


class DemoParams(Params):
    """How much is spoken, by whom, and how different the speakers are."""

    section: ClassVar[str] = "demo"
    sentences: int = Field(60, ge=1)  # utterances of each speaker
    hours: float = Field(0, ge=0)  # hours of speech over all speakers of all corpora, about; 0: `sentences` counts
    seed: int = Field(0, ge=0)
    speakers: list[str] = Field([])  # who is made; empty: all
    extra_speakers: int = Field(0, ge=0, le=190)  # speakers beyond the twenty of the corpora; they join hprc as F05, M05, F06 ...
    variability: Variability = Variability()
    damage: Damage = Damage()


@dataclass(frozen=True, slots=True)
class Take:
    """One reading of one sentence."""

    number: int  # of the sentence in its list, from 1
    name: str
    stretch: float = 1.0


def speakers(corpus: Corpus, params: DemoParams) -> list[str]:
    """Who speaks a corpus."""
    extra = params.extra_speakers if corpus.name == _OPEN_ENDED else 0
    everyone = [*corpus.speakers, *(f"{'FM'[rank % 2]}{5 + rank // 2:02d}" for rank in range(extra))]
    return [name for name in everyone if not params.speakers or name in params.speakers]


def takes(corpus: Corpus, speaker: str) -> Iterator[Take]:
    """What a speaker of a corpus reads, in order and without end, under the names that its files would have."""
    for number in count(1):
        match corpus.name:
            case "hprc":
                name = f"{speaker}_B{(number - 1) // 60 + 1:02d}_S{(number - 1) % 60 + 1:02d}"
                yield Take(number, f"{name}_R01_N")
                yield Take(number, f"{name}_R01_F", FAST)
                if number % 6 == 0:
                    yield Take(number, f"{name}_R02_N")
            case "mngu0":
                yield Take(number, f"mngu0_s1_{number:04d}")
            case _:
                yield Take(number, f"{speaker}_{number:03d}")


def write(corpus_name: str, folder: Path | str, params: DemoParams, workers: int = 0) -> int:
    """Speak a corpus into `folder`, which is whole or absent; returns the number of utterances.

    Equal parameters give equal bytes, whatever the number of workers.
    """
    corpus = corpora.get(corpus_name)
    if corpus.write is None:
        raise BadParams(f"corpora: {corpus.name} has no synthetic speakers; take it off, or take `raw` to a folder that holds it")
    people, size = speakers(corpus, params), sentences_each(params)
    if not people:
        raise BadParams(f"demo.speakers: names nobody of {corpus.name}; add one, or take {corpus.name} off `corpora`")
    with _replacing(Path(folder)) as temporary:
        made = parallel.imap(partial(_speaker, corpus_name, params.variability, params.seed), people, workers)
        items = [item for speaker in made for item in _batches(corpus, speaker, size)]
        work = partial(_record, corpus_name, temporary, params.damage)
        for _ in track(parallel.imap(work, items, workers), f"demo {corpus_name}", len(items)):
            pass
        if corpus.finish:
            read = max(take.number for _, _, part in items for take in part)
            corpus.finish(temporary, [text_of(corpus, number) for number in range(1, read + 1)])
    return len(people) * size


def sentences_each(params: DemoParams) -> int:
    """Utterances of each speaker."""
    if not params.hours:
        return params.sentences
    people = sum(len(speakers(corpora.get(name), params)) for name in corpora.names())
    return max(1, round(params.hours * 3600 / _MEAN_SECONDS / people))


def text_of(corpus: Corpus, number: int) -> str:
    """Sentence `number` of what the corpus reads, from 1."""
    return _line(corpus, number).text


def _batches(corpus: Corpus, speaker: Speaker, size: int) -> Iterator[tuple[Speaker, int, tuple[Take, ...]]]:
    """What goes into one native file: the speaker, the place of the first take in the session, the takes."""
    spoken = tuple(islice(takes(corpus, speaker.name), size))
    for start in range(0, size, corpus.batch):
        yield speaker, start + 1, spoken[start:start + corpus.batch]


def _record(corpus_name: str, folder: Path, damage: Damage, item: tuple[Speaker, int, tuple[Take, ...]]) -> None:
    """Speak and write one native file's worth."""
    torch.set_num_threads(1)
    corpus = corpora.get(corpus_name)
    speaker, start, part = item
    utterances = []
    for order, take in enumerate(part, start):
        utterance = speak(speaker, _line(corpus, take.number), order, corpus=corpus_name, name=take.name, stretch=take.stretch)
        coils = damage.afflict(utterance.coils, speaker.session, order)
        if speaker.name not in corpus.velum:
            coils[:, _VELUM] = np.nan
        utterances.append(replace(utterance, coils=coils))
    corpus.write(folder, utterances)


def _speaker(corpus_name: str, variability: Variability, seed: int, name: str) -> Speaker:
    """A speaker in the head frame of the corpus: those of USC-TIMIT are not aligned, and F5's frame moved after sentence 65."""
    torch.set_num_threads(1)
    speaker = make(name, variability, seed)
    if corpus_name != "usc":
        return speaker
    rng = dice.rng(speaker.session, "frame")
    x, y = speaker.articulograph.shift
    moved = (65, 0.0, -12.0) if name == "F5" else speaker.articulograph.moved
    frame = replace(speaker.articulograph, shift=(x, y - rng.uniform(47, 57)), moved=moved)
    return replace(speaker, articulograph=frame)


def _line(corpus: Corpus, number: int) -> Sentence:
    return sentence(READING_LISTS.get(corpus.name, corpus.name), number)


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, renamed to it when the block ends well; only a synthetic folder is ever replaced."""
    if folder.exists() and any(folder.iterdir()) and not (folder / SYNTHETIC).exists():
        raise BadData(f"{folder}: holds files that this project has not made; move them away or write the demo elsewhere")
    for begun in folder.parent.glob(f".{folder.name}.*.part"):
        if left_over(begun) == folder.name:
            shutil.rmtree(begun, ignore_errors=True)
    temporary = unfinished(folder)  # a process of a killed run may still be at its own
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        write_text(temporary / SYNTHETIC, "Synthetic speech, no recording of a person; `python -m stages.demo` makes it again.\n")
        yield temporary
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
