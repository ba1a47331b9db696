"""Groups of speakers who are strangers to one model, so that intervals are calibrated on errors that no training has made small.

A test speaker's intervals are calibrated on speakers who share a group with that speaker: the model that made their errors has
learned from none of the group. The test speaker's articulation has therefore no part in the factor, nor have the calibration
speakers in their own errors.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Self

from artinv.dataset import Entry
from artinv.errors import BadData, BadParams, reason
from artinv.files import write_json
from artinv.intervals import Errors, hold, near
from artinv.splits import Split, SplitParams, find_speaker, speakers_of, split
from artinv.utterance import common_origin

MODELS, FOLDER = Path("data/loso/strangers/models"), Path("data/loso/strangers/errors")
JOINT = "__"
"""Between the speakers of a group, in its name: DVC allows no other sign in the name of a stage."""


def divide(speakers: Sequence[str], size: int, ways: int) -> list[str]:
    """Names of groups of about `size` speakers: all speakers divided in so many ways, any two together as seldom as can be.

    The speakers stand in a table of as many columns as there are groups, in an order that is drawn from their names; a group
    takes one of each row, in the next way from columns that lie one more apart from row to row. With a prime number of groups,
    no smaller than `size` and `ways`, no two speakers meet twice.

    >>> divide(list("abcdef"), size=2, ways=2)
    ['c__d', 'a__f', 'b__e', 'a__d', 'b__f', 'c__e']
    """
    columns, order = max(1, round(len(speakers) / size)), sorted(speakers, key=_draw)
    rows = [order[at : at + columns] for at in range(0, len(order), columns)]
    groups = []
    for way in range(ways):
        for first in range(columns):
            places = [(row, (first + way * at) % columns) for at, row in enumerate(rows)]
            groups.append(JOINT.join(sorted(row[place] for row, place in places if place < len(row))))
    return groups


def _draw(name: str) -> bytes:
    return hashlib.sha1(name.encode(), usedforsecurity=False).digest()


def check(speakers: Sequence[str], groups: Sequence[str]) -> None:
    """Whether every speaker has somebody to be calibrated on."""
    members = [group.split(JOINT) for group in groups]
    listed = {name for group in members for name in group}
    cure = "write the groups that `python -m pipelines.loso.groups` prints"
    if unknown := sorted(listed - set(speakers)):
        raise BadParams(f"loso.strangers: '{unknown[0]}' is none of loso.speakers; {cure}")
    if alone := sorted(set(speakers) - {name for group in members if len(group) > 1 for name in group}):
        raise BadParams(f"loso.strangers: '{alone[0]}' shares a group with nobody; {cure}")


def without(entries: Sequence[Entry], names: Sequence[str], params: SplitParams) -> Split:
    """The split of leave one speaker out for a whole group: nobody of it is trained or validated on, all of it is tested."""
    own = {find_speaker(name, speakers_of([entry.id for entry in entries])) for name in names}
    alone = split(entries, params.model_copy(update={"test_speaker": names[0], "split": "indep", "unseen_text": False}))
    train, valid = (tuple(id_ for id_ in ids if id_.rpartition("/")[0] not in own) for ids in (alone.train, alone.valid))
    test = tuple(sorted(entry.id for entry in entries if entry.speaker in own))
    used = {*train, *valid, *test}
    origin = common_origin(entry.origin for entry in entries if entry.id in used)
    return replace(alone, test_speaker=JOINT.join(sorted(own)), train=train, valid=valid, test=test, origin=origin)


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


def held(folds: Sequence[Mapping], strangers: Strangers) -> dict:
    """How intervals hold that are calibrated, for each test speaker, on the others of the groups that the speaker is in."""
    tested = {
        fold["run"]["test_speaker"]: {kind: Errors.of_lists(**one) for kind, one in fold["errors"].items()} for fold in folds
    }
    calibrating = {name: strangers.of(name) for name in tested}
    if missing := sorted(name for name, others in calibrating.items() if not others):
        raise BadData(f"fold 'indep {strangers.model} {missing[0]}' has no strangers to be calibrated on; run `make loso`")
    level = folds[0]["intervals"]["level"]
    return {"intervals": {"level": level, **{kind: asdict(one) for kind, one in hold(tested, calibrating, level).items()}}}


def seen(folds: Sequence[Mapping]) -> dict:
    """How a model's own intervals hold on strangers: calibrated on the speakers that it has learned from, they are too narrow."""
    if not all("intervals" in fold for fold in folds):
        return {}
    shares = {fold["run"]["test_speaker"]: fold["intervals"]["coverage"] for fold in folds}
    level = folds[0]["intervals"]["level"]
    coverage, within = fmean(shares.values()), near(shares.values(), level)
    return {"own_intervals": {"level": level, "coverage": coverage, "within": within, "speakers": shares}}
