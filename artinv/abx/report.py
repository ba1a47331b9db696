"""The errors in percent, by line and mode, by contrasts, corpora and speakers; as a file and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from artinv.abx.lines import ARTICULATION, AbxParams, Material
from artinv.abx.score import average, by_pair
from artinv.core.provenance import made_by, versions
from artinv.core.records import common_origin
from artinv.core.text import aligned, figure
from artinv.core.typed import Figure, Result
from artinv.data.splits import Split, speakers_of
from artinv.evaluate.scores import label

HEADLINE, DETAILS = Path("metrics/abx.json"), Path("metrics/abx_details.json")
MODES = ("within", "across")
CONTRASTS = ("all", "shown", "hidden")
_HARDEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AbxRun(Result):
    """What was compared, and how."""

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


@dataclass(frozen=True, slots=True)
class PairCounts(Result):
    """Ordered phone pairs and triples, the same for every feature."""

    pairs_within: int
    pairs_across: int
    triples_within: int
    triples_across: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbxCounts(Result):
    """How much was compared."""

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


Errors = Mapping[str, Mapping[str, Figure]]
"""What is compared -> mode -> percent; NaN where a mode has no cell."""


@dataclass(frozen=True, slots=True)
class AbxScores(Result):
    """All that is known of a run; errors in percent."""

    run: AbxRun
    lines: list[str]  # what is compared: articulation, prediction, sound
    counts: AbxCounts
    errors: Mapping[str, Errors]  # by contrasts
    corpora: Mapping[str, Errors]
    speakers: Mapping[str, Errors]
    hardest: Mapping[str, Mapping[str, list[tuple[str, Figure]]]]  # what is compared -> mode -> phone pairs confused most

    @property
    def headline(self) -> dict:
        """The few figures that are tracked and fit a terminal; which contrasts they count is one of the choices."""
        facts = {"origin": self.run.origin, "made_by": made_by(self.run.to_json())}
        return facts | {line: dict(modes) for line, modes in self.errors[self.run.contrasts].items()}


def report(table: pd.DataFrame, material: Material, split: Split, model: str, params: AbxParams) -> AbxScores:
    """Summarize a run; `split` says what the model was trained on."""
    trained = set(split.train) | set(split.valid)
    run = AbxRun(
        origin=common_origin(one.origin for one in material.utterances), model=model, split=split.split,
        trained_on=list(speakers_of(split.train)),
        utterances_known_from_training=sum(one.id in trained for one in material.utterances),
        **params.model_dump(), **versions(),
    )
    of_contrasts = {"all": table, "shown": table[table["shown"]], "hidden": table[~table["shown"]]}
    counts = {name: _counts(part) for name, part in of_contrasts.items()}
    corpus, speaker = table["heard"].str.partition("/")[0], table["heard"]
    return AbxScores(
        run=run, lines=list(material.lines),
        counts=AbxCounts(**material.counts, all=counts["all"], shown=counts["shown"], hidden=counts["hidden"]),
        errors={name: _errors(part) for name, part in of_contrasts.items()},
        corpora={str(name): _errors(part) for name, part in table.groupby(corpus)},
        speakers={str(name): _errors(part) for name, part in table.groupby(speaker)},
        hardest=_hardest(table),
    )


def show(scores: AbxScores, places: Sequence[Path | str] = ()) -> str:
    """The table that a run prints."""
    run, counts = scores.run, scores.counts
    rows = [["error in %", *(f"{mode}" if at == 0 else "" for mode in MODES for at in range(len(CONTRASTS)))],
            ["", *CONTRASTS * len(MODES)]]
    for line in scores.lines:
        values = [scores.errors[contrasts].get(line, {}).get(mode) for mode in MODES for contrasts in CONTRASTS]
        rows.append([line, *(figure(value, 1) for value in values)])
    pairs = [str(getattr(getattr(counts, contrasts), f"pairs_{mode}")) for mode in MODES for contrasts in CONTRASTS]
    body = aligned([*rows, ["phone pairs", *pairs]])
    rule = "-" * max(map(len, body))
    context = "the same neighbours" if run.context else "any neighbours"
    others = "any corpus" if run.across == "all" else "the same corpus"
    known = run.utterances_known_from_training or "none"
    taught = f"{run.model} trained on {', '.join(run.trained_on)} ({run.split})"
    text = [
        f"ABX, {label(run.origin)}: {counts.speakers} speakers, {counts.utterances} test utterances, {counts.tokens} phones",
        f"A, B and X between {context}; across speakers of {others}", "",
        *body[:2], rule, *body[2:-1], rule, body[-1], "",
        "50 % is guessing. hidden: contrasts of voicing, and of nasality without a velum coil; shown: all others.",
        f"prediction: {taught}, which has met {known} of these utterances",
    ]
    if counts.speakers_without_labels:
        text.append(f"without phone labels: {', '.join(counts.speakers_without_labels)}")
    written = [["written:" if not at else "", str(place)] for at, place in enumerate(places)]
    return "\n".join([*text, *(["", *aligned(written, left=2)] if places else [])])


def _errors(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """{line: {mode: percent}}; a mode without a cell is null."""
    found = average(table)
    lines = sorted(set(table["line"]))
    return {line: {mode: 100 * float(found.get((line, mode), np.nan)) for mode in MODES} for line in lines}


def _counts(table: pd.DataFrame) -> PairCounts:
    table = table[table["line"] == ARTICULATION]
    parts = {mode: table[table["mode"] == mode] for mode in MODES}
    return PairCounts(
        **{f"pairs_{mode}": len(part.groupby(["a", "b"])) for mode, part in parts.items()},
        **{f"triples_{mode}": int(part["triples"].sum()) for mode, part in parts.items()},
    )


def _hardest(table: pd.DataFrame) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """The pairs that are confused most, both orders together."""
    pairs = by_pair(table).reset_index()
    pairs["phones"] = [" ".join(sorted(names)) for names in zip(pairs["a"], pairs["b"], strict=True)]
    found: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for (line, mode), part in pairs.groupby(["line", "mode"]):
        worst = (100 * part.groupby("phones")["error"].mean()).sort_values(ascending=False, kind="stable").head(_HARDEST)
        found.setdefault(str(line), {})[str(mode)] = [(phones, float(error)) for phones, error in worst.items()]
    return found
