"""Calibration of intervals on groups of speakers on whom a model was not trained, so that training has not reduced their errors.

Speakers are divided into groups, and one model is trained without each group. A test speaker's intervals are calibrated on the
errors of the other speakers of the same groups. So neither the test speaker nor the calibration speakers were used for training,
and the test speaker's articulation does not affect the calibration factor.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Self

from artinv.core.files import write_json
from artinv.evaluate.results import CalibratedCoverage, FoldScores, OwnCoverage
from artinv.measure.intervals import ErrorHistogram, count_near_nominal, cross_calibrate
from artinv.runtime.errors import BadData, reason


@dataclass(frozen=True, slots=True)
class CalibrationGroups:
    """Errors by group, speaker and kind of interval width; the errors of a group come from a model trained without it."""

    model: str
    groups: tuple[Mapping[str, Mapping[str, ErrorHistogram]], ...]

    def partners(self, speaker: str) -> list[Mapping[str, ErrorHistogram]]:
        """Return the errors of every other speaker in the groups of this speaker."""
        return [errors for group in self.groups if speaker in group for name, errors in group.items() if name != speaker]

    @classmethod
    def read(cls, model: str, groups: Sequence[str], folder: Path) -> Self:
        """Read the errors of the listed groups; other files in the folder are ignored."""
        return cls(model, tuple(load(model, group, folder) for group in groups))


def save(group_errors: Mapping[str, Mapping[str, ErrorHistogram]], model: str, group: str, folder: Path) -> None:
    """Write the errors of a group, by speaker and kind of interval width."""
    lists = {speaker: {kind: asdict(errors) for kind, errors in kinds.items()} for speaker, kinds in group_errors.items()}
    write_json(folder / model / f"{group}.json", lists)


def load(model: str, group: str, folder: Path) -> dict[str, dict[str, ErrorHistogram]]:
    """Read the errors that `save` wrote."""
    path = folder / model / f"{group}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            speaker: {kind: ErrorHistogram.of_lists(**lists) for kind, lists in kinds.items()} for speaker, kinds in content.items()
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadData(f"{path}: group of `loso.strangers` cannot be read ({reason(error)}); run `make loso`") from None


def calibrated_coverage(folds: Sequence[FoldScores], groups: CalibrationGroups) -> CalibratedCoverage:
    """Return the coverage of intervals that are calibrated, for each test speaker, on the other speakers of the same groups."""
    tested = {
        fold.run.test_speaker: {kind: lists.errors for kind, lists in fold.errors.items()} for fold in folds
    }
    calibrating = {name: groups.partners(name) for name in tested}
    if missing := sorted(name for name, others in calibrating.items() if not others):
        raise BadData(f"fold 'indep {groups.model} {missing[0]}' has no other speakers to calibrate on; run `make loso`")
    if (own := folds[0].intervals) is None:
        raise BadData(f"fold 'indep {groups.model} {folds[0].run.test_speaker}' has no intervals; run `make loso`")
    level = own.level
    return CalibratedCoverage(level=level, **cross_calibrate(tested, calibrating, level))


def own_coverage(folds: Sequence[FoldScores]) -> OwnCoverage | None:
    """Return the coverage of a model's own intervals. Calibrated on its training speakers, they are too narrow for others."""
    intervals = [fold.intervals for fold in folds if fold.intervals]
    if len(intervals) < len(folds):
        return None
    shares = {fold.run.test_speaker: own.coverage for fold, own in zip(folds, intervals, strict=True)}
    level = intervals[0].level
    return OwnCoverage(level, fmean(shares.values()), count_near_nominal(shares.values(), level), shares)
