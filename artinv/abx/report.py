"""The errors in percent, by line and mode, by contrasts, corpora and speakers; as a file and as a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from artinv.abx.lines import ARTICULATION, AbxParams, Material
from artinv.abx.score import average, by_pair
from artinv.core.provenance import made_by, versions
from artinv.core.records import common_origin
from artinv.core.text import aligned, figure
from artinv.data.splits import Split, speakers_of
from artinv.evaluate.scores import label

HEADLINE, DETAILS = Path("metrics/abx.json"), Path("metrics/abx_details.json")
MODES = ("within", "across")
CONTRASTS = ("all", "shown", "hidden")
_HARDEST = 10


def report(table: pd.DataFrame, material: Material, split: Split, model: str, params: AbxParams) -> dict:
    """Everything that is known of a run; `split` says what the model was trained on."""
    trained = set(split.train) | set(split.valid)
    run = {
        "origin": common_origin(one.origin for one in material.utterances), "model": model, "split": split.split,
        "trained_on": speakers_of(split.train),
        "utterances_known_from_training": sum(one.id in trained for one in material.utterances),
        **params.model_dump(), **versions(),
    }
    of_contrasts = {"all": table, "shown": table[table["shown"]], "hidden": table[~table["shown"]]}
    corpus, heard = table["heard"].str.partition("/")[0], table["heard"]
    return {
        "run": run, "lines": list(material.lines),
        "counts": {**material.counts, **{name: _counts(part) for name, part in of_contrasts.items()}},
        "errors": {name: _errors(part) for name, part in of_contrasts.items()},
        "corpora": {str(name): _errors(part) for name, part in table.groupby(corpus)},
        "speakers": {str(name): _errors(part) for name, part in table.groupby(heard)},
        "hardest": _hardest(table),
    }


def headline(details: Mapping) -> dict:
    """The few figures that are tracked and fit a terminal; which contrasts they count is one of the choices."""
    run = details["run"]
    return {"origin": run["origin"], "made_by": made_by(run), **details["errors"][run["contrasts"]]}


def show(details: Mapping, places: Sequence[Path | str] = ()) -> str:
    """The table that a run prints, from what `report` gives, read back from its file or not."""
    run, counts, errors = details["run"], details["counts"], details["errors"]
    rows = [["error in %", *(f"{mode}" if at == 0 else "" for mode in MODES for at in range(len(CONTRASTS)))],
            ["", *CONTRASTS * len(MODES)]]
    for line in details["lines"]:
        values = [errors[contrasts].get(line, {}).get(mode) for mode in MODES for contrasts in CONTRASTS]
        rows.append([line, *(figure(value, 1) for value in values)])
    rows.append(["phone pairs", *(str(counts[contrasts][f"pairs_{mode}"]) for mode in MODES for contrasts in CONTRASTS)])
    body = aligned(rows)
    rule = "-" * max(map(len, body))
    context = "the same neighbours" if run["context"] else "any neighbours"
    others = "any corpus" if run["across"] == "all" else "the same corpus"
    known = run["utterances_known_from_training"] or "none"
    taught = f"{run['model']} trained on {', '.join(run['trained_on'])} ({run['split']})"
    text = [
        f"ABX, {label(run)}: {counts['speakers']} speakers, {counts['utterances']} test utterances, {counts['tokens']} phones",
        f"A, B and X between {context}; across speakers of {others}", "",
        *body[:2], rule, *body[2:-1], rule, body[-1], "",
        "50 % is guessing. hidden: contrasts of voicing, and of nasality without a velum coil; shown: all others.",
        f"prediction: {taught}, which has met {known} of these utterances",
    ]
    if counts["speakers_without_labels"]:
        text.append(f"without phone labels: {', '.join(counts['speakers_without_labels'])}")
    written = [["written:" if not at else "", str(place)] for at, place in enumerate(places)]
    return "\n".join([*text, *(["", *aligned(written, left=2)] if places else [])])


def _errors(table: pd.DataFrame) -> dict:
    """{line: {mode: percent}}; a mode without a cell is null."""
    found = average(table)
    lines = sorted(set(table["line"]))
    return {line: {mode: 100 * float(found.get((line, mode), np.nan)) for mode in MODES} for line in lines}


def _counts(table: pd.DataFrame) -> dict:
    """Ordered phone pairs and triples, the same for every line."""
    table = table[table["line"] == ARTICULATION]
    parts = {mode: table[table["mode"] == mode] for mode in MODES}
    return {
        **{f"pairs_{mode}": len(part.groupby(["a", "b"])) for mode, part in parts.items()},
        **{f"triples_{mode}": int(part["triples"].sum()) for mode, part in parts.items()},
    }


def _hardest(table: pd.DataFrame) -> dict:
    """{line: {mode: [[phones, percent], ...]}}: the pairs that are confused most, both orders together."""
    pairs = by_pair(table).reset_index()
    pairs["phones"] = [" ".join(sorted(names)) for names in zip(pairs["a"], pairs["b"], strict=True)]
    found: dict[str, dict] = {}
    for (line, mode), part in pairs.groupby(["line", "mode"]):
        worst = (100 * part.groupby("phones")["error"].mean()).sort_values(ascending=False, kind="stable").head(_HARDEST)
        found.setdefault(str(line), {})[str(mode)] = [[phones, float(error)] for phones, error in worst.items()]
    return found
