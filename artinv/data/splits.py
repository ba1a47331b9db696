"""Which utterances a model is trained, validated and tested on; protocol.md's table as code."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from artinv.data.dataset import Entry
from artinv.runtime.errors import BadData, BadParams
from artinv.core.files import write_json
from artinv.runtime.params import Params
from artinv.core.records import common_origin


class PoolParams(Params):
    """The choices at the top level of params.yaml that say whom there is to learn from, whoever is tested."""

    corpora: list[str]
    valid_speakers: list[str]
    train_corpora: list[str]
    unseen_text: bool


class SplitParams(PoolParams):
    """And those that say who is tested, and what of that speaker is known."""

    split: Literal["spec", "dep", "indep"]
    test_speaker: str


SETTINGS = {
    **{name: {"split": name, "unseen_text": False} for name in ("spec", "dep", "indep")},
    "unseen": {"split": "indep", "unseen_text": True},
}
"""The settings of leave-one-speaker-out by name; unseen: of the tested part no sentence is trained or validated on."""


LISTS = {
    "timit-460": (("mocha", "usc"), "put mocha-timit.txt beside mocha's speakers, and usc's .trans files beside its sound"),
    "ieee-720": (("hprc",), "restore the files whose text is missing"),
}
"""Reading lists by the name that stands in the key of a sentence without text: who reads them, and how the text is supplied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Ids of the three sets and the choices that made them."""

    split: str
    test_speaker: str  # corpus/speaker
    unseen_text: bool
    origin: str  # real, synthetic or mixed: of all that is trained and tested on
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what would make a number meaningless."""
        sets = {"train": self.train, "valid": self.valid, "test": self.test}
        for name, ids in sets.items():
            if not ids:
                raise BadData(f"split '{self.split}' of {self.test_speaker}: the {name} set is empty; add recordings, or choose "
                              "another split, test_speaker, valid_speakers or train_corpora")
        for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
            shared = set(sets[one]) & set(sets[other])
            if shared:
                raise BadData(f"split '{self.split}' of {self.test_speaker}: {min(shared)} stands in both {one} and {other}")

    def save(self, path: Path | str) -> None:
        """Write as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read what `save` wrote."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in content.items()})


def speakers_of(ids: Sequence[str]) -> list[str]:
    """`corpus/speaker` of the ids, each once, in their order."""
    return list(dict.fromkeys(id_.rpartition("/")[0] for id_ in ids))


def find_speaker(name: str, speakers: Sequence[str]) -> str:
    """`F01` or `hprc/F01` -> `hprc/F01`."""
    matches = [speaker for speaker in speakers if name in (speaker, speaker.rpartition("/")[2])]
    if not matches:
        raise BadParams(f"unknown speaker '{name}'; expected one of {sorted(speakers)}")
    if len(matches) > 1:
        raise BadParams(f"speaker '{name}' stands in several corpora; write one of {matches}")
    return matches[0]


def split(entries: Sequence[Entry], params: SplitParams) -> Split:
    """Divide the listed utterances; the same entries in any order give the same split."""
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
        if entry.speaker != tested and (not params.train_corpora or entry.speaker.partition("/")[0] in params.train_corpora)
    ]
    own = [entry for entry in entries if entry.speaker == tested]

    def in_part(pool: list[Entry], *parts: str) -> list[Entry]:
        return [entry for entry in pool if entry.part in parts]

    learners = [entry for entry in others if entry.speaker not in held_out]
    watchers = [entry for entry in others if entry.speaker in held_out] if held_out else in_part(others, "valid")
    train, valid, test = {
        "spec": (in_part(own, "train"), in_part(own, "valid"), in_part(own, "test")),
        "dep": (in_part(learners, "train", "test") + in_part(own, "train"), watchers + in_part(own, "valid"), in_part(own, "test")),
        "indep": (in_part(learners, "train", "test"), watchers, own),
    }[params.split]
    if params.unseen_text:
        test = in_part(test, "test")  # all that a speaker says would leave nothing of a corpus whose speakers read one list
        tested_text = {entry.sentence for entry in test}
        train, valid = ([entry for entry in entries if entry.sentence not in tested_text] for entries in (train, valid))
    _check_text((*train, *valid, *test))
    origin = common_origin(entry.origin for entry in (*train, *valid, *test))
    return Split(split=params.split, test_speaker=tested, unseen_text=params.unseen_text, origin=origin,
                 train=_ids(train), valid=_ids(valid), test=_ids(test))


def _check_text(entries: Sequence[Entry]) -> None:
    """Refuse sentences of one list that some know by text and others by number: they could lie in two parts unnoticed."""
    for name, (readers, cure) in LISTS.items():
        own = [entry for entry in entries if entry.speaker.partition("/")[0] in readers]
        numbered = [entry for entry in own if entry.sentence.startswith(f"{name}/")]
        if numbered and len(numbered) < len(own):
            few = f"{len(numbered)} of {len(own)} utterances of {' and '.join(readers)} have no text, such as {numbered[0].id}"
            raise BadData(f"{few}, so that their sentences cannot be matched with those of the others; {cure}, or name them under "
                          "clean.exclude in params.yaml")


def _ids(entries: list[Entry]) -> tuple[str, ...]:
    return tuple(sorted(entry.id for entry in entries))
