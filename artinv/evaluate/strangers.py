"""Groups of speakers who are strangers to one model, so that intervals are calibrated on errors that no training has made small.

A test speaker's intervals are calibrated on speakers who share a group with that speaker: the model that made their errors has
learned from none of the group. The test speaker's articulation has therefore no part in the factor, nor have the calibration
speakers in their own errors.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Self

from artinv.core.files import write_json
from artinv.evaluate.results import FoldScores, HeldIntervals, OwnIntervals
from artinv.measure.intervals import Errors, hold, near
from artinv.runtime.errors import BadData, reason

FOLDER = Path("data/loso/strangers/errors")


@dataclass(frozen=True, slots=True)
class Strangers:
    """The errors of each speaker of each group, by kind of width, of a model that has learned from none of the group."""

    model: str
    groups: tuple[Mapping[str, Mapping[str, Errors]], ...]

    def of(self, speaker: str) -> list[Mapping[str, Errors]]:
        """Those of everybody who shares a group with this speaker."""
        return [errors for group in self.groups if speaker in group for name, errors in group.items() if name != speaker]

    @classmethod
    def read(cls, model: str, groups: Sequence[str], folder: Path = FOLDER) -> Self:
        """What the listed groups have left; whatever else lies in the folder is not looked at."""
        return cls(model, tuple(load(model, group, folder) for group in groups))


def save(found: Mapping[str, Mapping[str, Errors]], model: str, group: str, folder: Path = FOLDER) -> None:
    """Errors of a group's speakers by kind of width."""
    lists = {speaker: {kind: asdict(errors) for kind, errors in kinds.items()} for speaker, kinds in found.items()}
    write_json(folder / model / f"{group}.json", lists)


def load(model: str, group: str, folder: Path = FOLDER) -> dict[str, dict[str, Errors]]:
    """What `save` wrote."""
    path = folder / model / f"{group}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {speaker: {kind: Errors.of_lists(**one) for kind, one in kinds.items()} for speaker, kinds in content.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadData(f"{path}: is listed under `loso.strangers` and cannot be read ({reason(error)}); run `make loso`") from None


def held(folds: Sequence[FoldScores], strangers: Strangers) -> HeldIntervals:
    """How intervals hold that are calibrated, for each test speaker, on the others of the groups that the speaker is in."""
    tested = {
        fold.run.test_speaker: {kind: Errors.of_lists(**errors.to_json()) for kind, errors in fold.errors.items()} for fold in folds
    }
    calibrating = {name: strangers.of(name) for name in tested}
    if missing := sorted(name for name, others in calibrating.items() if not others):
        raise BadData(f"fold 'indep {strangers.model} {missing[0]}' has no strangers to be calibrated on; run `make loso`")
    assert folds[0].intervals is not None  # a model with errors by kind of width has intervals
    level = folds[0].intervals.level
    return HeldIntervals(level=level, **hold(tested, calibrating, level))


def on_others(folds: Sequence[FoldScores]) -> OwnIntervals | None:
    """How a model's own intervals hold: calibrated on the speakers that it was trained on, they are too narrow for others."""
    intervals = [fold.intervals for fold in folds if fold.intervals]
    if len(intervals) < len(folds):
        return None
    shares = {fold.run.test_speaker: own.coverage for fold, own in zip(folds, intervals, strict=True)}
    level = intervals[0].level
    return OwnIntervals(level, fmean(shares.values()), near(shares.values(), level), shares)
