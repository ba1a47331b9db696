"""Read and write USC-TIMIT transcripts: rows of `start,end,phone,word,sentence text,sentence index` for several sentences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from artinv.core.masks import runs
from artinv.core.records import Label
from artinv.runtime.errors import BadData, reason

FRAME = 0.01  # s, for the level
LEAST_CONTRAST_DB = 6.0
"""Least level of labelled speech over labelled silence, in dB, if labels fit; labels of another recording give about 0."""

LEAST_SECONDS = 0.2
"""Duration of silence, of speech or of unlabelled speech, in s, from which it counts as evidence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One phone of a transcript; `index`, the number of the sentence, is None in silence."""

    start: float  # s
    end: float  # s
    phone: str
    word: str
    text: str
    index: int | None


def read(path: Path) -> tuple[Row, ...]:
    """Read a transcript. The text can hold commas; therefore fields are counted from both ends of a row."""
    try:
        lines = path.read_text(encoding="latin-1").splitlines()
        rows = tuple(_row(line.split(",")) for line in lines if line.strip())
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); restore the file from the corpus") from None
    except (ValueError, IndexError):
        raise BadData(f"{path}: has a row that is not `start,end,phone,word,text,index`; restore the file") from None
    times = [time for row in rows for time in (row.start, row.end)]
    forward = all(earlier <= later + FRAME for earlier, later in pairwise([0.0, *times]))
    forward = forward and all(row.start <= row.end < np.inf for row in rows)
    sentences = indices(rows)
    if not forward or not sentences or len(sentences) > len(set(sentences)):
        raise BadData(f"{path}: its times or sentences are not in order; restore the file from the corpus")
    return rows


def line(row: Row) -> str:
    """Return the row as a line of a transcript."""
    index = "" if row.index is None else row.index
    return f"{row.start:.3f},{row.end:.3f},{row.phone},{row.word},{row.text},{index}\n"


def shifted(rows: Iterable[Row], seconds: float) -> tuple[Row, ...]:
    """Return the rows with `seconds` added to all times."""
    return tuple(replace(row, start=row.start + seconds, end=row.end + seconds) for row in rows)


def indices(rows: Sequence[Row]) -> list[int]:
    """Return the sentence numbers in order of time."""
    return [index for index, _ in groupby(row.index for row in rows if row.index is not None)]


def words(rows: Sequence[Row]) -> tuple[Label, ...]:
    """Return the words in s; a word is a run of rows that name it."""
    runs = [list(run) for _, run in groupby((row for row in rows if row.index is not None), key=lambda row: row.word)]
    return tuple(Label(run[0].word, run[0].start, run[-1].end) for run in runs if run[0].word)


def level(sound: np.ndarray, rate: float) -> np.ndarray:
    """Return the level in dB of each frame of `FRAME` s."""
    size = round(rate * FRAME)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    return 10 * np.log10(np.square(frames).mean(axis=1, dtype=np.float64) + 1e-10)


def labels_fit(rows: Sequence[Row], sound: np.ndarray, rate: float) -> bool:
    """Return whether the sound is loud in labelled speech, soft in labelled silence, and ends where the rows end."""
    seconds = len(sound) / rate
    if rows[-1].end > seconds + 0.5:
        return False
    loud = level(sound, rate)
    middle = (np.arange(len(loud)) + 0.5) * FRAME
    row = np.searchsorted([row.start for row in rows], middle, side="right") - 1
    speech = np.array([item.index is not None for item in rows])[row] & (middle < rows[-1].end)
    if speech.sum() * FRAME < LEAST_SECONDS or (~speech).sum() * FRAME < LEAST_SECONDS:
        return bool(speech.sum() * FRAME >= LEAST_SECONDS)
    limit = (loud[speech].mean() + loud[~speech].mean()) / 2
    unlabelled = (middle > rows[-1].end) & (loud > limit)
    return bool(loud[speech].mean() - loud[~speech].mean() > LEAST_CONTRAST_DB) and unlabelled.sum() * FRAME < LEAST_SECONDS


def pauses(sound: np.ndarray, rate: float, count: int) -> list[float]:
    """Return the midpoints in s of the `count` longest pauses, in order of time; fewer if the sound has fewer pauses."""
    loud = level(sound, rate)
    if len(loud) < 5:
        return []
    loud = np.convolve(np.pad(loud, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    low, high = np.percentile(loud, (10, 90))
    quiet = loud < (low + high) / 2
    inner = [(start, end) for start, end in runs(quiet) if start > 0 and end < len(loud)]
    longest = sorted(inner, key=lambda run: run[0] - run[1])[:count]
    return sorted(float(start + end) / 2 * FRAME for start, end in longest)


def _row(fields: list[str]) -> Row:
    text = ",".join(fields[4:-1]).strip().strip('"')
    index = fields[-1].strip()
    if len(fields) < 6 or (text and not index):
        raise ValueError(fields)
    return Row(float(fields[0]), float(fields[1]), fields[2].strip(), fields[3].strip(), text, int(index) if index else None)
