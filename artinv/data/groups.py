"""Groups of speakers who are left out of training together.

Intervals are calibrated on such groups (`artinv.evaluate.strangers`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from artinv.core.records import common_origin
from artinv.data.dataset import Entry
from artinv.data.splits import Split, SplitParams, find_speaker, speakers_of, split
from artinv.runtime.errors import BadParams

MODELS = Path("data/loso/strangers/models")
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
    cure = "write the groups that `python -m tools.groups` prints"
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
