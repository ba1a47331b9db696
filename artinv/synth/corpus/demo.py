"""Synthetic corpora in the native formats of the real corpora, for tests and for a first run.

Results on synthetic corpora do not apply to real speakers.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, ClassVar, Self

import numpy as np
import torch
from pydantic import Field, model_validator

from artinv.core import random_draws
from artinv.core.channels import COIL_COLUMNS
from artinv.core.files import abandoned_name, temporary_path, write_text
from artinv.core.records import Label, Utterance
from artinv.corpora import facts, writers
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.writers import Reading
from artinv.runtime import parallel
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.params import Params
from artinv.runtime.progress import track
from artinv.synth.speaker.accents import accent_of
from artinv.synth.speaker.damage import Damage
from artinv.synth.speaker.lexicon import Sentence, sentence
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Speaker, Variability, make_speaker

_RUN_ON_EVERY = 3  # files: the last sentence of every third file continues in the next file
_MEAN_SECONDS = 2.8  # s, mean duration of an utterance
_VELUM = [index for index, column in enumerate(COIL_COLUMNS) if column.startswith("v_")]


class DemoParams(Params):
    """Speakers, amount of speech, variability and faults of the synthetic corpora."""

    section: ClassVar[str] = "demo"
    sentences: int = Field(60, ge=1)  # utterances per speaker
    longer: dict[str, Annotated[int, Field(ge=1)]] = Field({})  # speaker -> number of utterances, instead of `sentences`
    hours: float = Field(0, ge=0)  # approximate hours of speech of all corpora; replaces the two fields above; 0: unused
    seed: int = Field(0, ge=0)
    speakers: list[str] = Field([])  # names of the speakers to synthesize; empty: all
    extra_speakers: int = Field(0, ge=0, le=190)  # additional speakers of hprc: F05, M05, F06 ...
    accents: bool = False  # running speech in the accent of the corpus; false: careful speech
    variability: Variability = Variability()
    damage: Damage = Damage()

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = [name for corpus in writers.names() for name in _all_speakers(corpus, self)]
        if unknown := sorted(self.longer.keys() - set(names)):
            raise ValueError(f"longer: unknown speaker '{unknown[0]}'; expected some of {names}")
        return self


def speakers(corpus: str, params: DemoParams) -> list[str]:
    """Return the names of the selected speakers of a corpus."""
    return [name for name in _all_speakers(corpus, params) if not params.speakers or name in params.speakers]


def _all_speakers(corpus: str, params: DemoParams) -> list[str]:
    extra = params.extra_speakers if writers.get(corpus).open_ended else 0
    return [*facts.get(corpus).speakers, *(f"{'FM'[rank % 2]}{5 + rank // 2:02d}" for rank in range(extra))]


def write_corpus(corpus: str, folder: Path | str, params: DemoParams, workers: int = 0) -> int:
    """Synthesize a corpus into `folder` and return the number of utterances.

    `folder` is never left incomplete. Equal parameters give equal bytes for any number of workers.
    """
    if facts.get(corpus).name not in writers.names():
        raise BadParams(f"corpora: {corpus} has no synthetic speakers; remove it, or set `raw` to a folder that contains it")
    names = speakers(corpus, params)
    if not names:
        raise BadParams(f"demo.speakers: contains no speaker of {corpus}; add one, or remove {corpus} from `corpora`")
    with _replacing(Path(folder)) as temporary:
        drawn = parallel.imap(partial(_speaker, corpus, params), names, workers)
        items = [item for speaker in drawn for item in _files(corpus, speaker, sentences_of(speaker.name, params))]
        work = partial(_record, corpus, temporary, params.damage)
        for _ in track(parallel.imap(work, items, workers), f"demo {corpus}", len(items)):
            pass
        if finish := writers.get(corpus).finish:
            last = max(take.number for _, part in items for _, take in part)
            finish(temporary, [text_of(corpus, number) for number in range(1, last + 1)])
    return sum(sentences_of(name, params) for name in names)


def sentences_of(speaker: str, params: DemoParams) -> int:
    """Return the number of utterances of a speaker."""
    if not params.hours:
        return params.longer.get(speaker, params.sentences)
    count = sum(len(speakers(name, params)) for name in writers.names())
    return max(1, round(params.hours * 3600 / _MEAN_SECONDS / count))


def with_accent(speaker: Speaker, corpus: str, seed: int) -> Speaker:
    """Return the speaker with the accent of a corpus."""
    accent = facts.get(corpus).accent
    return replace(speaker, accent=accent_of(accent, seed, speaker.name)) if accent else speaker


def text_of(corpus: str, number: int) -> str:
    """Return the text of sentence `number` of the reading list of a corpus; the first is 1."""
    return _sentence(corpus, number).text


def _files(corpus: str, speaker: Speaker, size: int) -> Iterator[tuple[Speaker, list[tuple[int, Reading]]]]:
    """Yield the content of each native file: the speaker, and the takes with their positions in the session.

    If files contain several sentences, the last sentence of every third file continues in the next file, as in USC-TIMIT.
    """
    writer = writers.get(corpus)
    takes, place = [], 0
    for take in islice(writer.takes(speaker.name), size):
        place += take.piece != "b"
        takes.append((place, take))
    carried: list[tuple[int, Reading]] = []
    for start in range(0, size, writer.batch):
        part = carried + takes[start:start + writer.batch]
        carried = []
        if writer.batch > 1 and start // writer.batch % _RUN_ON_EVERY == _RUN_ON_EVERY - 1 and start + writer.batch < size:
            place, last = part.pop()
            part.append((place, replace(last, name=f"{last.name}a", piece="a")))
            carried = [(place, replace(last, name=f"{last.name}b", piece="b"))]
        yield speaker, part


def _record(corpus: str, folder: Path, damage: Damage, item: tuple[Speaker, list[tuple[int, Reading]]]) -> None:
    """Synthesize and write one native file."""
    torch.set_num_threads(1)
    speaker, part = item
    utterances = []
    for order, take in part:
        utterance = speak(speaker, _sentence(corpus, take.number), order, corpus=corpus, name=take.name, stretch=take.stretch)
        coils = damage.afflict(utterance.coils, speaker.session, order)
        if speaker.name not in facts.get(corpus).velum:
            coils[:, _VELUM] = np.nan
        utterance = replace(utterance, coils=coils)
        utterances.append(_piece(utterance, take.piece) if take.piece else utterance)
    writers.get(corpus).write(folder, utterances)


def _piece(utterance: Utterance, which: str) -> Utterance:
    """Return the part of an utterance before (a) or after (b) the start of the word nearest the middle."""
    middle = utterance.seconds / 2
    rate = utterance.coil_rate  # Hz; 16 kHz is a multiple, so both pieces start at a frame
    at = round(min((word.start for word in utterance.words[1:]), key=lambda start: abs(start - middle)) * rate)
    sample = round(at / rate * utterance.sound_rate)
    frames, samples = (slice(at), slice(sample)) if which == "a" else (slice(at, None), slice(sample, None))
    start, end = (0.0, at / rate) if which == "a" else (at / rate, utterance.seconds)

    def inside(labels: tuple[Label, ...]) -> tuple[Label, ...]:
        spans = [(label.text, max(label.start, start) - start, min(label.end, end) - start) for label in labels]
        return tuple(Label(*span) for span in spans if span[2] - span[1] > 1 / rate)

    return replace(
        utterance, sound=utterance.sound[samples], coils=utterance.coils[frames], phones=inside(utterance.phones),
        words=inside(utterance.words),
    )


def _speaker(corpus: str, params: DemoParams, name: str) -> Speaker:
    """Return a speaker in the head frame of the corpus."""
    torch.set_num_threads(1)
    speaker = make_speaker(name, params.variability, params.seed)
    if params.accents:
        speaker = with_accent(speaker, corpus, params.seed)
    frame = writers.get(corpus).frame
    if frame is None:
        return speaker
    rng = random_draws.rng(speaker.session, "frame")
    x, y = speaker.articulograph.shift
    moved = frame.moved.get(name, speaker.articulograph.moved)
    return replace(speaker, articulograph=replace(speaker.articulograph, shift=(x, y - rng.uniform(*frame.below)), moved=moved))


def _sentence(corpus: str, number: int) -> Sentence:
    return sentence(writers.get(corpus).reading_list or corpus, number)


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `folder` that replaces it on success; only an empty or synthetic folder is replaced."""
    if folder.exists() and any(folder.iterdir()) and not (folder / SYNTHETIC).exists():
        raise BadData(f"{folder}: contains files that are not synthetic; move them away or write the demo elsewhere")
    for unfinished_folder in folder.parent.glob(f".{folder.name}.*.part"):
        if abandoned_name(unfinished_folder) == folder.name:
            shutil.rmtree(unfinished_folder, ignore_errors=True)
    temporary = temporary_path(folder)  # a process of an interrupted run may still use its own temporary folder
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        write_text(temporary / SYNTHETIC, "Synthetic speech, no recording of a person; `python -m stages.demo` makes it again.\n")
        yield temporary
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
