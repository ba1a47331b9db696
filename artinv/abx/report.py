"""ABX report: errors in percent by representation and mode, for contrasts, corpora and speakers, as JSON and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from artinv.abx.representations import ARTICULATION, AbxParams, Material
from artinv.abx.score import average, by_pair
from artinv.core.provenance import made_by, versions
from artinv.core.records import common_origin
from artinv.core.text import aligned, figure
from artinv.core.typed import Figure, Result
from artinv.data.splits import Split, speakers_of
from artinv.evaluate.scores import origin_label

MODES = ("within", "across")
CONTRASTS = ("all", "shown", "hidden")
CIRCULAR = "the model was given phones: its prediction is no test of phone discrimination"
"""Remark on the prediction of a model with a source of phones."""
_HARDEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AbxRun(Result):
    """Parameters and versions of a run."""

    origin: str
    model: str
    split: str
    trained_on: list[str]  # corpus/speaker
    utterances_known_from_training: int
    across: str
    contrasts: str
    context: bool
    tokens: int
    seed: int
    artinv: str
    python: str
    numpy: str
    torch: str
    phones: str | None = None  # source of the phones that the model was given; None for none


@dataclass(frozen=True, slots=True)
class PairCounts(Result):
    """Numbers of ordered phone pairs and of triples; equal for all representations."""

    pairs_within: int
    pairs_across: int
    triples_within: int
    triples_across: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbxCounts(Result):
    """Numbers of speakers, utterances, tokens and triples."""

    speakers: int
    speakers_without_labels: list[str]
    utterances: int
    utterances_without_labels: int
    labels_of_no_known_set: Mapping[str, int]
    tokens: int
    tokens_lost: int
    tokens_not_drawn: int
    all: PairCounts
    shown: PairCounts
    hidden: PairCounts


ErrorRates = Mapping[str, Mapping[str, Figure]]
"""Representation -> mode -> percent; NaN if a mode has no cell."""


@dataclass(frozen=True, slots=True)
class AbxScores(Result):
    """All results of a run; errors in percent."""

    run: AbxRun
    lines: list[str]  # representations: articulation, prediction, kind of acoustic features
    counts: AbxCounts
    errors: Mapping[str, ErrorRates]  # by contrasts
    corpora: Mapping[str, ErrorRates]
    speakers: Mapping[str, ErrorRates]
    hardest: Mapping[str, Mapping[str, list[tuple[str, Figure]]]]  # representation -> mode -> phone pairs with the highest errors

    @property
    def headline(self) -> dict:
        """Main figures, over the contrasts that `params.yaml` selects."""
        facts = {"origin": self.run.origin, "made_by": made_by(self.run.to_json())}
        if self.run.phones:
            facts["phones"] = self.run.phones
        return facts | {name: dict(modes) for name, modes in self.errors[self.run.contrasts].items()}


def report(table: pd.DataFrame, material: Material, split: Split, model: str, params: AbxParams) -> AbxScores:
    """Summarize a run; `split` lists the utterances that the model was trained on."""
    trained = set(split.train) | set(split.valid)
    run = AbxRun(
        origin=common_origin(utterance.origin for utterance in material.utterances), model=model, split=split.split,
        trained_on=list(speakers_of(split.train)),
        utterances_known_from_training=sum(utterance.id in trained for utterance in material.utterances),
        **params.model_dump(), **versions(), phones=material.phones,
    )
    of_contrasts = {"all": table, "shown": table[table["shown"]], "hidden": table[~table["shown"]]}
    counts = {name: _counts(part) for name, part in of_contrasts.items()}
    corpus, speaker = table["x_speaker"].str.partition("/")[0], table["x_speaker"]
    return AbxScores(
        run=run, lines=list(material.representations),
        counts=AbxCounts(**material.counts, all=counts["all"], shown=counts["shown"], hidden=counts["hidden"]),
        errors={name: _errors(part) for name, part in of_contrasts.items()},
        corpora={str(name): _errors(part) for name, part in table.groupby(corpus)},
        speakers={str(name): _errors(part) for name, part in table.groupby(speaker)},
        hardest=_hardest(table),
    )


def as_text(scores: AbxScores, places: Sequence[Path | str] = ()) -> str:
    """Return the report as text; `places` are the files that were written."""
    run, counts = scores.run, scores.counts
    rows = [["error in %", *(f"{mode}" if at == 0 else "" for mode in MODES for at in range(len(CONTRASTS)))],
            ["", *CONTRASTS * len(MODES)]]
    for name in scores.lines:
        values = [scores.errors[contrasts].get(name, {}).get(mode) for mode in MODES for contrasts in CONTRASTS]
        rows.append([name, *(figure(value, 1) for value in values)])
    pairs = [str(getattr(getattr(counts, contrasts), f"pairs_{mode}")) for mode in MODES for contrasts in CONTRASTS]
    body = aligned([*rows, ["phone pairs", *pairs]])
    rule = "-" * max(map(len, body))
    context = "the same neighbours" if run.context else "any neighbours"
    others = "any corpus" if run.across == "all" else "the same corpus"
    known = run.utterances_known_from_training or "none"
    model = f"{run.model} trained on {', '.join(run.trained_on)} ({run.split})"
    label = origin_label(run.origin, run.phones)
    text = [
        f"ABX, {label}: {counts.speakers} speakers, {counts.utterances} test utterances, {counts.tokens} phones",
        f"A, B and X between {context}; across speakers of {others}", "",
        *body[:2], rule, *body[2:-1], rule, body[-1], "",
        "50 % is chance level. hidden: contrasts of voicing, and of nasality without a velum coil; shown: all others.",
        f"prediction: {model}, with {known} of these utterances in training",
    ]
    if run.phones:
        text.append(CIRCULAR)
    if counts.speakers_without_labels:
        text.append(f"without phone labels: {', '.join(counts.speakers_without_labels)}")
    written = [["written:" if not at else "", str(place)] for at, place in enumerate(places)]
    return "\n".join([*text, *(["", *aligned(written, left=2)] if places else [])])


def _errors(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the errors; NaN for a mode without cells."""
    errors = average(table)
    names = sorted(set(table["representation"]))
    return {name: {mode: 100 * float(errors.get((name, mode), np.nan)) for mode in MODES} for name in names}


def _counts(table: pd.DataFrame) -> PairCounts:
    table = table[table["representation"] == ARTICULATION]
    parts = {mode: table[table["mode"] == mode] for mode in MODES}
    return PairCounts(
        **{f"pairs_{mode}": len(part.groupby(["a", "b"])) for mode, part in parts.items()},
        **{f"triples_{mode}": int(part["triples"].sum()) for mode, part in parts.items()},
    )


def _hardest(table: pd.DataFrame) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """Return the phone pairs with the highest errors, as the mean of both orders."""
    pairs = by_pair(table).reset_index()
    pairs["phones"] = [" ".join(sorted(names)) for names in zip(pairs["a"], pairs["b"], strict=True)]
    hardest: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for (name, mode), part in pairs.groupby(["representation", "mode"]):
        worst = (100 * part.groupby("phones")["error"].mean()).sort_values(ascending=False, kind="stable").head(_HARDEST)
        hardest.setdefault(str(name), {})[str(mode)] = [(phones, float(error)) for phones, error in worst.items()]
    return hardest
