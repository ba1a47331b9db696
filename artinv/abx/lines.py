"""The test utterances of every speaker as measured, as predicted and as heard, ready to be compared."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from artinv.abx.distance import Bag
from artinv.abx.items import Token, draw, tokens_of
from artinv.abx.score import Side, compare
from artinv.core.channels import CHANNELS
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.records import Frames
from artinv.data.normalize import Stats
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.runtime.progress import track

ARTICULATION, PREDICTION = "articulation", "prediction"
_VELUM = [CHANNELS.index(name) for name in ("v_x", "v_y")]


class AbxParams(Params):
    """Which triples there are, and how many."""

    section: ClassVar[str] = "abx"
    context: bool  # A, B and X stand between the same neighbours
    tokens: int = Field(ge=2, le=1000)  # at most, of a phone (in a context) of a speaker
    seed: int = Field(ge=0)  # of what is drawn where there are more
    across: Literal["corpus", "all"]  # whom a speaker is compared with
    contrasts: Literal["all", "shown"]  # what the headline counts


class ListParams(Params):
    """The corpora there are."""

    corpora: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is compared."""

    utterances: tuple[Frames, ...]  # those with tokens
    lines: Mapping[str, Mapping[UtteranceId, np.ndarray]]  # line -> id -> (frames, values); 0 where a value is absent or lost
    columns: Mapping[str, Mapping[SpeakerId, np.ndarray]]  # line -> speaker -> (values,) bool: what that speaker has
    tokens: tuple[Token, ...]  # drawn
    counts: Mapping[str, Any]  # what there was and what was left out


def gather(frames: Sequence[Frames], stats: Mapping[SpeakerId, Stats], inverter: Inverter, params: AbxParams) -> Material:
    """Tokens of the utterances that have labels, and the three lines; tokens in which a coil is lost are left out of all."""
    found = [(one, tokens_of(one)) for one in frames]
    labelled = [one for one, tokens in found if tokens]
    has = {speaker: np.isfinite(stats[speaker].motion_std) for speaker in {one.person for one in labelled}}
    whole = [
        token for one, tokens in found for token in tokens
        if np.isfinite(one.motion[token.frames][:, has[token.speaker]]).all()
    ]
    tokens = draw(whole, params.tokens, params.seed, context=params.context)
    if not tokens:
        raise BadData(f"no test utterance of {len(frames)} has phone labels; add label files, or corpora that have them")
    silent = sorted({one.person for one in frames} - has.keys())
    counts = {
        "utterances": len(labelled), "speakers": len(has), "tokens": len(tokens),
        "tokens_lost": sum(len(own) for _, own in found) - len(whole),
        "tokens_not_drawn": len(whole) - len(tokens), "utterances_without_labels": len(frames) - len(labelled),
        "speakers_without_labels": silent,
        "labels_of_no_known_set": dict(Counter(token.phone for token in whole if ":" in token.phone)),
    }
    learned = np.isfinite(inverter.statistics.get("std", np.zeros(len(CHANNELS))))
    heard = str(inverter.features.get("kind", "acoustics"))
    everything = np.ones(inverter.n_in, bool)
    predicted = inverter.predict_many([one.acoustics for one in labelled])
    lines = {
        ARTICULATION: {one.id: np.nan_to_num(one.motion) for one in labelled},
        PREDICTION: {one.id: motion for one, motion in zip(labelled, predicted, strict=True)},
        heard: {one.id: one.acoustics for one in labelled},
    }
    columns = {ARTICULATION: has, PREDICTION: {speaker: own & learned for speaker, own in has.items()},
               heard: dict.fromkeys(has, everything)}
    return Material(utterances=tuple(labelled), lines=lines, columns=columns, tokens=tuple(tokens), counts=counts)


def sides(material: Material, params: AbxParams) -> list[Side]:
    """One per speaker."""
    by_speaker: dict[SpeakerId, list[Token]] = {}
    for token in material.tokens:
        by_speaker.setdefault(token.speaker, []).append(token)
    return [
        Side(
            speaker=speaker, phones=np.array([token.phone for token in tokens]),
            contexts=np.array([f"{token.before} {token.after}" if params.context else "any" for token in tokens]),
            velum=bool(material.columns[ARTICULATION][speaker][_VELUM].all()),
            bags={line: Bag.of([values[token.id][token.frames] for token in tokens]) for line, values in material.lines.items()},
            columns={line: material.columns[line][speaker] for line in material.lines},
        )
        for speaker, tokens in sorted(by_speaker.items())
    ]


def measure(material: Material, params: AbxParams, workers: int = 0) -> pd.DataFrame:
    """Every cell of every speaker and pair of speakers."""
    pairs = list(_pairs(sides(material, params), params))
    table = pd.concat(track(imap(compare, pairs, workers), "abx", len(pairs)), ignore_index=True)
    if not len(table):
        cure = "set abx.context to false, or add recordings" if params.context else "add recordings"
        raise BadData(f"{len(material.tokens)} labelled phones of the test utterances make no triple A, B, X; {cure}")
    return table


def _pairs(speakers: Sequence[Side], params: AbxParams) -> Iterator[tuple[Side, Side]]:
    for left, right in combinations_with_replacement(speakers, 2):
        if params.across == "all" or left.speaker.partition("/")[0] == right.speaker.partition("/")[0]:
            yield left, right
