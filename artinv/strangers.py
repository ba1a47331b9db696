"""Errors on speakers whom a model has not heard, for the calibration of intervals of yet another stranger.

A fold of leave-one-speaker-out that tests A has learned from all others, T among them; A's errors there are no fair measure for
T's intervals. So the speakers are divided into groups, in several ways, and for each group a model learns from everybody else. It
has heard neither T nor those who share a group with T, and their errors calibrate T's intervals.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from artinv.calibration import errors, with_interval
from artinv.errors import BadData, reason
from artinv.files import write_json
from artinv.intervals import Errors, Interval, Width, across
from artinv.params import Params
from artinv.predict import Inverter
from artinv.utterance import Frames

FOLDER = Path("data/loso/strangers")

Group = Mapping[str, Mapping[str, Errors]]
"""The errors of each speaker of a group by kind of width (`learned`, `constant`)."""


class StrangersParams(Params):
    """Who is left out together."""

    section: ClassVar[str] = "strangers"
    model: str  # whose intervals are calibrated
    ways: list[int] = Field(min_length=1)  # of dividing the speakers; two speakers meet in one of them at most
    groups: list[int] = Field(min_length=1)  # of each way

    def read(self, folder: Path = FOLDER) -> list[Group]:
        """The errors of every group."""
        return [load(folder / f"{way}-{group}.json") for way in self.ways for group in self.groups]


def members(speakers: Sequence[str], way: int, group: int, groups: int) -> list[str]:
    """Who is left out together: one of each row of a table of so many columns, further to the right in each row by `way`.

    With as many columns as a prime number, two speakers share a group in one way at most.

    >>> [members("abcdefghij", way, 0, 5) for way in (0, 1, 2)]
    [['a', 'f'], ['a', 'g'], ['a', 'h']]
    """
    rows = [speakers[start:start + groups] for start in range(0, len(speakers), groups)]
    places = [(group + way * number) % groups for number in range(len(rows))]
    return [row[place] for row, place in zip(rows, places, strict=True) if place < len(row)]


def errors_of(inverter: Inverter, valid: Sequence[Frames], strangers: Mapping[str, Sequence[Frames]], level: float) -> Group:
    """The errors of a model on speakers whom it has not heard, relative to the width learned on `valid` and to a constant one."""
    learned = Interval.of(with_interval(inverter, valid, level).statistics)
    widths = {"learned": learned.width, "constant": Width.constant(inverter.n_in)}
    return {name: {kind: errors(inverter, width, frames) for kind, width in widths.items()} for name, frames in strangers.items()}


def save(path: Path, group: Group) -> None:
    """Write as JSON."""
    write_json(path, {name: {kind: asdict(one) for kind, one in kinds.items()} for name, kinds in group.items()})


def load(path: Path) -> Group:
    """Read what `save` wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: {kind: Errors.of_lists(**one) for kind, one in kinds.items()} for name, kinds in content.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadData(f"{path}: is listed under `strangers` and cannot be read ({reason(error)}); run `make loso`") from None


def coverage(folds: Sequence[Mapping], groups: Sequence[Group]) -> dict:
    """How well intervals hold that are calibrated on speakers whom, like the test speaker of each fold, a model has not heard."""
    speakers = {
        fold["run"]["test_speaker"]: {kind: Errors.of_lists(**one) for kind, one in fold["errors"].items()} for fold in folds
    }
    calibration = {name: partners(name, groups) for name in speakers}
    if alone := sorted(name for name, errors in calibration.items() if not errors):
        raise BadData(f"{alone[0]} shares no group with another speaker; list fewer `strangers.groups` in params.yaml")
    level = folds[0]["intervals"]["level"]
    return {"intervals": {"level": level, **across(speakers, calibration, level)}}


def partners(speaker: str, groups: Sequence[Group]) -> dict[str, list[Errors]]:
    """By kind the errors of all who share a group with a speaker."""
    shared = [kinds for group in groups if speaker in group for name, kinds in group.items() if name != speaker]
    return {kind: [kinds[kind] for kinds in shared] for kind in (shared[0] if shared else {})}
