"""Divide utterances into train, validation and test sets; this implements the table in docs/protocol.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.files import write_json
from artinv.core.records import common_origin
from artinv.data.dataset import Entry
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.params import Params


class PoolParams(Params):
    """Top-level parameters that select the training data, independently of the test speaker."""

    corpora: list[str]
    valid_speakers: list[str]
    train_corpora: list[str]
    unseen_text: bool


class SplitParams(PoolParams):
    """All parameters of a split: the training data, the test speaker and the setting."""

    split: Literal["spec", "dep", "indep"]
    test_speaker: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of leave-one-speaker-out."""

    split: str
    unseen_text: bool
    title: str  # for tables and pages


SETTINGS = {
    "spec": Setting("spec", False, "spec: trained on the test speaker alone"),
    "dep": Setting("dep", False, "dep: trained on all speakers, the test speaker included"),
    "indep": Setting("indep", False, "indep: trained on all speakers except the test speaker"),
    "unseen": Setting("indep", True, "unseen: as indep, tested on the test part, whose sentences are not in training"),
}
"""The settings by name."""


def fold_choice(pool: PoolParams, setting: str, speaker: str) -> SplitParams:
    """Return the parameters of the split of a fold, which tests one speaker in a setting."""
    chosen = {"test_speaker": speaker, "split": SETTINGS[setting].split, "unseen_text": SETTINGS[setting].unseen_text}
    return SplitParams.of(pool.model_dump() | chosen, "fold")


LISTS = {
    "timit-460": (("mocha", "usc"), "put mocha-timit.txt beside mocha's speakers, and usc's .trans files beside its sound"),
    "ieee-720": (("hprc",), "restore the files whose text is missing"),
}
"""Reading lists by their name in the keys of sentences without text: the corpora that read them, and how to supply the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Ids of the three sets, and the parameters of the split."""

    split: str
    test_speaker: SpeakerId
    unseen_text: bool
    origin: str  # origin of all three sets: real, synthetic or mixed
    train: tuple[UtteranceId, ...]
    valid: tuple[UtteranceId, ...]
    test: tuple[UtteranceId, ...]

    def __post_init__(self) -> None:
        """Reject empty and overlapping sets."""
        sets = {"train": self.train, "valid": self.valid, "test": self.test}
        for name, ids in sets.items():
            if not ids:
                raise BadData(f"split '{self.split}' of {self.test_speaker}: the {name} set is empty; add recordings, or choose "
                              "another split, test_speaker, valid_speakers or train_corpora")
        for first, second in (("train", "valid"), ("train", "test"), ("valid", "test")):
            shared = set(sets[first]) & set(sets[second])
            if shared:
                raise BadData(f"split '{self.split}' of {self.test_speaker}: {min(shared)} is in both {first} and {second}")

    def save(self, path: Path | str) -> None:
        """Write the split to a JSON file."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read the split that `save` wrote."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        sets = {key: tuple(map(UtteranceId, value)) for key, value in content.items() if isinstance(value, list)}
        return cls(**content | sets | {"test_speaker": SpeakerId(content["test_speaker"])})


def speakers_of(ids: Sequence[UtteranceId]) -> list[SpeakerId]:
    """Return the distinct speakers of utterances, in their order."""
    return list(dict.fromkeys(id_.speaker for id_ in ids))


def find_speaker(name: str, speakers: Sequence[SpeakerId]) -> SpeakerId:
    """Return the full name of a speaker: `hprc/F01` for `F01` or `hprc/F01`."""
    matches = [speaker for speaker in speakers if name in (speaker, speaker.name)]
    if not matches:
        raise BadParams(f"unknown speaker '{name}'; expected one of {sorted(speakers)}")
    if len(matches) > 1:
        raise BadParams(f"speaker '{name}' is in several corpora; write one of {matches}")
    return matches[0]


def split(entries: Sequence[Entry], params: SplitParams) -> Split:
    """Divide the utterances of the index; the result does not depend on their order."""
    entries = sorted(entries, key=lambda entry: entry.id)
    speakers = speakers_of([entry.id for entry in entries])
    tested = find_speaker(params.test_speaker, speakers)
    held_out = {find_speaker(name, speakers) for name in params.valid_speakers}
    unknown = set(params.train_corpora) - set(params.corpora)
    if unknown:
        raise BadParams(f"train_corpora names {sorted(unknown)}, which 'corpora' does not list; expected some of {params.corpora}")
    if held_out and (params.split == "spec" or tested in held_out):
        raise BadParams("valid_speakers needs split 'dep' or 'indep' and speakers other than test_speaker")
    others = [
        entry for entry in entries
        if entry.speaker != tested and (not params.train_corpora or entry.speaker.corpus in params.train_corpora)
    ]
    own = [entry for entry in entries if entry.speaker == tested]

    def in_part(pool: list[Entry], *parts: str) -> list[Entry]:
        return [entry for entry in pool if entry.part in parts]

    learners = [entry for entry in others if entry.speaker not in held_out]
    monitors = [entry for entry in others if entry.speaker in held_out] if held_out else in_part(others, "valid")
    train, valid, test = {
        "spec": (in_part(own, "train"), in_part(own, "valid"), in_part(own, "test")),
        "dep": (in_part(learners, "train", "test") + in_part(own, "train"), monitors + in_part(own, "valid"), in_part(own, "test")),
        "indep": (in_part(learners, "train", "test"), monitors, own),
    }[params.split]
    if params.unseen_text:
        test = in_part(test, "test")  # all sentences of a speaker would exclude a whole corpus whose speakers read the same list
        tested_text = {entry.sentence for entry in test}
        train, valid = ([entry for entry in entries if entry.sentence not in tested_text] for entries in (train, valid))
    _check_text((*train, *valid, *test))
    origin = common_origin(entry.origin for entry in (*train, *valid, *test))
    return Split(split=params.split, test_speaker=tested, unseen_text=params.unseen_text, origin=origin,
                 train=_ids(train), valid=_ids(valid), test=_ids(test))


def _check_text(entries: Sequence[Entry]) -> None:
    """Reject a reading list with text for some utterances and only numbers for others: one sentence could be in two sets."""
    for name, (readers, cure) in LISTS.items():
        own = [entry for entry in entries if entry.speaker.corpus in readers]
        numbered = [entry for entry in own if entry.sentence.startswith(f"{name}/")]
        if numbered and len(numbered) < len(own):
            few = f"{len(numbered)} of {len(own)} utterances of {' and '.join(readers)} have no text, such as {numbered[0].id}"
            raise BadData(f"{few}, so that their sentences cannot be matched with those of the others; {cure}, or name them under "
                          "clean.exclude in params.yaml")


def _ids(entries: list[Entry]) -> tuple[UtteranceId, ...]:
    return tuple(sorted(entry.id for entry in entries))
