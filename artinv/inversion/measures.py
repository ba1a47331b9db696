"""One table of many recordings: mean, minimum and maximum of each channel within each label beside the sounds."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.files import replacing
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.inversion import export, labels
from artinv.inversion.bulk import Done, Job
from artinv.runtime.errors import BadData, BadParams

MEASURES = ("mean", "min", "max")

COLUMNS = (
    "recording", "tier", "label", "start", "end", *(f"{channel}_{measure}" for channel in CHANNELS for measure in MEASURES),
    "model", "trained_on", "speaker",
)
"""Times in s, measures in mm (ttcl and tbcl without unit); NaN where a channel or the sound has no value."""


@dataclass(slots=True)
class Count:
    """What a table holds, and what it lacks."""

    labels: int = 0
    recordings: int = 0  # with labels
    unlabelled: int = 0  # recordings without a label file
    faults: list[str] = field(default_factory=list)  # one line for each label file or result that cannot be read


def check(path: Path, jobs: Sequence[Job], formats: Sequence[str]) -> None:
    """Raise an error if the table cannot be written: to be called before anything is inverted."""
    if not set(formats) & set(export.COMPLETE):
        raise BadParams(f"--measures: needs one of the formats {','.join(export.COMPLETE)}; add it to --format")
    real = os.path.realpath(path)
    if path.is_dir() or any(real == os.path.realpath(place) for job in jobs for place in (job.sound, *job.targets)):
        raise BadData(f"{path}: is a folder, a sound or a result; choose another name for --measures")
    if path.is_file() and path.stat().st_size and not _is_table(path):
        raise BadData(f"{path}: exists and is not a table of measures; move it away, or choose another name for --measures")


def write(path: Path, done: Iterable[Done]) -> Count:
    """Write the table of all recordings that have labels and a result; return what it holds."""
    count = Count()
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for result in done:
            if result.status == "failed":
                continue
            try:
                lines = _lines(result.job)
            except BadData as error:
                count.faults.append(str(error))
                continue
            if lines is None:
                count.unlabelled += 1
            else:
                count.recordings += 1
                count.labels += len(lines)
                table.writerows(lines)
    return count


def within(trajectory: Trajectory, label: Label) -> np.ndarray:
    """Return mean, minimum and maximum, (18, 3) float64, over the frames from the start of a label to before its end.

    A point or a label shorter than a frame has the values of the frame nearest to its middle. NaN frames are left out; a label
    beyond the end of the sound has NaN.
    """
    frames, rate = len(trajectory.motion), trajectory.rate
    first, last = (int(np.ceil(round(time * rate, 6))) for time in (label.start, label.end))
    if first >= last:
        first = int(np.rint((label.start + label.end) / 2 * rate))
        if first == frames:  # the sound ends after its last frame
            first -= 1
        last = first + 1
    values = trajectory.motion[max(first, 0):max(min(last, frames), 0)].astype(np.float64)
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(axis=0) / known.sum(axis=0)
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    return np.where(known.any(axis=0), np.stack([mean, low, high]), np.nan).T


def _lines(job: Job) -> list[list[str]] | None:
    """Return the lines of one recording; None if no labels lie beside its sound."""
    label_file = labels.find(job.sound)
    if label_file is None:
        return None
    tiers = labels.read(label_file).tiers
    target = next(target for target in job.targets if target.suffix.removeprefix(".") in export.COMPLETE)
    trajectory = export.read(target)
    name = target.relative_to(job.out).as_posix().removesuffix(target.suffix)
    return [
        [name, tier.name, " ".join(label.text.split()), f"{label.start:.4f}", f"{label.end:.4f}", *_texts(trajectory, label),
         trajectory.model, trajectory.trained_on, trajectory.speaker]
        for tier in tiers for label in tier.labels if label.text.strip()
    ]


def _texts(trajectory: Trajectory, label: Label) -> Iterator[str]:
    return (f"{value:.4f}".replace("nan", "NaN") for value in within(trajectory, label).ravel())


def _is_table(path: Path) -> bool:
    """Return whether a file begins with the line of column names."""
    with path.open("rb") as file:
        return file.read(len(head := ",".join(COLUMNS).encode())) == head
