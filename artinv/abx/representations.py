"""Test utterances in the three representations that ABX compares: measured articulation, predicted articulation, acoustics."""

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
from artinv.abx.score import SpeakerTokens, compare
from artinv.core.channels import CHANNELS
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.core.records import Frames
from artinv.data.stats import Stats
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.runtime.progress import track

ARTICULATION, PREDICTION = "articulation", "prediction"
_VELUM = [CHANNELS.index(name) for name in ("v_x", "v_y")]


class AbxParams(Params):
    """Selection of the ABX triples."""

    section: ClassVar[str] = "abx"
    context: bool  # whether A, B and X must have the same neighbouring phones
    tokens: int = Field(ge=2, le=1000)  # maximum number of tokens per speaker and phone (and context)
    seed: int = Field(ge=0)  # of the random selection when there are more tokens
    across: Literal["corpus", "all"]  # speakers that a speaker is compared with: of the same corpus, or all
    contrasts: Literal["all", "shown"]  # contrasts that the headline includes


class ListParams(Params):
    """The corpora in use."""

    corpora: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The data that ABX compares."""

    utterances: tuple[Frames, ...]  # utterances with at least one token
    representations: Mapping[str, Mapping[UtteranceId, np.ndarray]]  # name -> id -> (frames, values); missing values are 0
    columns: Mapping[str, Mapping[SpeakerId, np.ndarray]]  # name -> speaker -> (values,) bool: present for that speaker
    tokens: tuple[Token, ...]  # selected by `draw`
    counts: Mapping[str, Any]  # numbers of used and omitted utterances and tokens
    phones: str | None = None  # source of the phones that the model was given; None for none


def collect(frames: Sequence[Frames], stats: Mapping[SpeakerId, Stats], inverter: Inverter, params: AbxParams) -> Material:
    """Collect the tokens of labelled utterances and the three representations; omit tokens in which a measured coil has gaps."""
    tokens_by_utterance = [(utterance, tokens_of(utterance)) for utterance in frames]
    labelled = [utterance for utterance, tokens in tokens_by_utterance if tokens]
    speakers = {utterance.speaker_id for utterance in labelled}
    has = {speaker: np.isfinite(stats[speaker].motion_std) for speaker in speakers}
    whole = [
        token for utterance, tokens in tokens_by_utterance for token in tokens
        if np.isfinite(utterance.motion[token.frames][:, has[token.speaker]]).all()
    ]
    tokens = draw(whole, params.tokens, params.seed, context=params.context)
    if not tokens:
        raise BadData(f"none of {len(frames)} test utterances has phone labels; add label files, or corpora that have them")
    unlabelled = sorted({utterance.speaker_id for utterance in frames} - has.keys())
    counts = {
        "utterances": len(labelled), "speakers": len(has), "tokens": len(tokens),
        "tokens_lost": sum(len(own) for _, own in tokens_by_utterance) - len(whole),
        "tokens_not_drawn": len(whole) - len(tokens), "utterances_without_labels": len(frames) - len(labelled),
        "speakers_without_labels": unlabelled,
        "labels_of_no_known_set": dict(Counter(token.phone for token in whole if ":" in token.phone)),
    }
    learned = np.isfinite(inverter.statistics.get("std", np.zeros(len(CHANNELS))))
    acoustics = str(inverter.features.get("kind", "acoustics"))
    everything = np.ones(inverter.acoustic_values, bool)
    predicted = inverter.predict_many([utterance.acoustics for utterance in labelled])
    representations = {
        ARTICULATION: {utterance.id: np.nan_to_num(utterance.motion) for utterance in labelled},
        PREDICTION: {utterance.id: motion for utterance, motion in zip(labelled, predicted, strict=True)},
        acoustics: {utterance.id: utterance.acoustics[:, :inverter.acoustic_values] for utterance in labelled},
    }
    columns = {ARTICULATION: has, PREDICTION: {speaker: own & learned for speaker, own in has.items()},
               acoustics: dict.fromkeys(has, everything)}
    return Material(
        utterances=tuple(labelled), representations=representations, columns=columns, tokens=tuple(tokens), counts=counts,
        phones=inverter.source or None,
    )


def sides(material: Material, params: AbxParams) -> list[SpeakerTokens]:
    """Return one `SpeakerTokens` per speaker."""
    by_speaker: dict[SpeakerId, list[Token]] = {}
    for token in material.tokens:
        by_speaker.setdefault(token.speaker, []).append(token)
    return [
        SpeakerTokens(
            speaker=speaker, phones=np.array([token.phone for token in tokens]),
            contexts=np.array([f"{token.before} {token.after}" if params.context else "any" for token in tokens]),
            velum=bool(material.columns[ARTICULATION][speaker][_VELUM].all()),
            bags={
                name: Bag.of([values[token.id][token.frames] for token in tokens])
                for name, values in material.representations.items()
            },
            columns={name: columns[speaker] for name, columns in material.columns.items()},
        )
        for speaker, tokens in sorted(by_speaker.items())
    ]


def measure(material: Material, params: AbxParams, workers: int = 0) -> pd.DataFrame:
    """Compute every cell of every speaker and pair of speakers."""
    pairs = list(_pairs(sides(material, params), params))
    table = pd.concat(track(imap(compare, pairs, workers), "abx", len(pairs)), ignore_index=True)
    if not len(table):
        cure = "set abx.context to false, or add recordings" if params.context else "add recordings"
        raise BadData(f"{len(material.tokens)} labelled phones of the test utterances form no triple A, B, X; {cure}")
    return table


def _pairs(speakers: Sequence[SpeakerTokens], params: AbxParams) -> Iterator[tuple[SpeakerTokens, SpeakerTokens]]:
    for left, right in combinations_with_replacement(speakers, 2):
        if params.across == "all" or left.speaker.partition("/")[0] == right.speaker.partition("/")[0]:
            yield left, right
