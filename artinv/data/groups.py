"""Groups of speakers that are held out of training together; prediction intervals are calibrated on them.

The calibration is in `artinv.evaluate.calibration_groups`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from artinv.core.ids import SpeakerId
from artinv.core.records import common_origin
from artinv.data.dataset import Entry
from artinv.data.splits import Split, SplitParams, find_speaker, speakers_of, split
from artinv.runtime.errors import BadParams

SEPARATOR = "__"
"""Separator of the speakers in the name of a group; DVC allows no other separator in the name of a stage."""


def divide(speakers: Sequence[str], size: int, ways: int) -> list[str]:
    """Return names of groups of about `size` speakers, for `ways` divisions of all speakers; pairs recur as rarely as possible.

    The speakers are written into a table with one column per group, in an order that is a hash of their names. A group takes one
    speaker from each row; from one division to the next the column offset between rows grows by one. If the number of groups is
    prime and at least `size` and `ways`, no two speakers share more than one group.

    >>> divide(list("abcdef"), size=2, ways=2)
    ['c__d', 'a__f', 'b__e', 'a__d', 'b__f', 'c__e']
    """
    columns, order = max(1, round(len(speakers) / size)), sorted(speakers, key=_draw)
    rows = [order[at : at + columns] for at in range(0, len(order), columns)]
    groups = []
    for way in range(ways):
        for first in range(columns):
            places = [(row, (first + way * at) % columns) for at, row in enumerate(rows)]
            groups.append(SEPARATOR.join(sorted(row[place] for row, place in places if place < len(row))))
    return groups


def _draw(name: str) -> bytes:
    return hashlib.sha1(name.encode(), usedforsecurity=False).digest()


def check(speakers: Sequence[str], groups: Sequence[str]) -> None:
    """Raise BadParams if a group names an unknown speaker or a speaker shares no group with another one."""
    members = [group.split(SEPARATOR) for group in groups]
    listed = {name for group in members for name in group}
    cure = "write the groups that `python -m tools.groups` prints"
    if unknown := sorted(listed - set(speakers)):
        raise BadParams(f"loso.strangers: '{unknown[0]}' is none of loso.speakers; {cure}")
    if alone := sorted(set(speakers) - {name for group in members if len(group) > 1 for name in group}):
        raise BadParams(f"loso.strangers: '{alone[0]}' shares no group with another speaker; {cure}")


def split_without(entries: Sequence[Entry], names: Sequence[str], params: SplitParams) -> Split:
    """Return the leave-one-speaker-out split for a group: its speakers are only tested, not trained or validated on."""
    own = {find_speaker(name, speakers_of([entry.id for entry in entries])) for name in names}
    alone = split(entries, params.model_copy(update={"test_speaker": names[0], "split": "indep", "unseen_text": False}))
    train, valid = (tuple(id_ for id_ in ids if id_.speaker not in own) for ids in (alone.train, alone.valid))
    test = tuple(sorted(entry.id for entry in entries if entry.speaker in own))
    used = {*train, *valid, *test}
    origin = common_origin(entry.origin for entry in entries if entry.id in used)
    return replace(alone, test_speaker=SpeakerId(SEPARATOR.join(sorted(own))), train=train, valid=valid, test=test, origin=origin)
