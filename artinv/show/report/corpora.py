"""What was recorded, what was fit to use, how late motion is, and which coils there are."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.evaluate.loso import CSV
from artinv.evaluate.results import MODEL, TRIVIAL
from artinv.evaluate.scores import DETAILS
from artinv.runtime.errors import believed
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import NOTHING, Absent, Column, Facts, Note, Part, Row, Section, Side, Table, count, known, number
from artinv.show.report.sources import Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Corpora", "make repro"
INGEST, CLEAN, REJECTED = "metrics/ingest", "metrics/clean", "metrics/rejected"
_SUMMED = ("utterances", "rejected", "seconds_kept", "seconds_recorded", "samples", "samples_masked")
_LISTED = 12
"""Lines of an account that are shown; the file holds all."""


def section(sources: Sources) -> Section | Absent:
    """Of metrics/ingest, metrics/clean and metrics/rejected; a corpus may lack any of them."""
    found, cleaned = (_contents(sources, folder) for folder in (INGEST, CLEAN))
    if not found and not cleaned:
        return Absent(TITLE, f"{INGEST} and {CLEAN} hold nothing; `{JOB}` fills them")
    parts: list[Part] = []
    both = []
    if found:
        both.append(_found(found))
    if cleaned:
        both.append(_kept(cleaned))
        parts.append(_lags(cleaned))
    parts.insert(0, Side(tuple(both)))
    parts += _faults(cleaned)
    parts += _accounts(sources)
    parts += _coils(sources)
    return Section.about("corpora", TITLE, parts, sources.origin_of_fold, _lead(sources, {*found, *cleaned}))


def _contents(sources: Sources, folder: str) -> dict[str, dict]:
    files = {name: sources.json(path) for name, path in sources.each(folder, ".json").items()}
    return {name: content for name, content in files.items() if content is not None}


def _lead(sources: Sources, names: set[str]) -> str:
    used = (sources.choices() or {}).get("corpora")
    idle = sorted(names - set(map(str, used))) if used else []
    return f"{', '.join(idle)}: not used by this run." if idle else ""


def _found(found: Mapping[str, dict]) -> Table:
    keys = ("utterances", "minutes", "unreadable", "missing", "skipped")
    titles = ("speakers", "utter\u00adances", "min\u00adutes", "unread\u00adable", "missing", "skipped")
    columns = (Column("corpus", "text"), *map(Column, titles))
    totals: Counter[str] = Counter()
    rows = []
    for name, one in found.items():
        with believed(f"{INGEST}/{name}.json", JOB):
            values = {"speakers": len(one["speakers"]), **{key: one[key] for key in keys}}
            totals.update(values)
            rows.append(Row((name, *_cells(values))))
    return Table(columns, (*rows, Row(("all", *_cells(totals)), "strong")), "Found")


def _kept(cleaned: Mapping[str, dict]) -> Table:
    columns = (Column("corpus", "text"), *map(Column, ("utterances", "rejected", "minutes kept", "of", "samples lost")))
    totals: Counter[str] = Counter()
    rows = []
    for name, one in [*cleaned.items(), ("all", totals)]:
        with believed(f"{CLEAN}/{name}.json", JOB):
            if one is not totals:
                totals.update({key: one[key] for key in _SUMMED})
            lost = f"{number(1e6 * one['samples_masked'] / one['samples'], 0)} ppm" if one["samples"] else NOTHING
            minutes = [number(one[key] / 60, 1) for key in ("seconds_kept", "seconds_recorded")]
            cells = (name, count(one["utterances"]), count(one["rejected"]), *minutes, lost)
            rows.append(Row(cells, "strong" if one is totals else ""))
    note = "Samples lost: unknown for longer than can be bridged; silence around speech is trimmed."
    return Table(columns, tuple(rows), "Fit to use", note)


def _cells(values: Mapping[str, float]) -> list[str]:
    return [number(value, 1) if key == "minutes" else count(value) for key, value in values.items()]


def _faults(cleaned: Mapping[str, dict]) -> Iterator[Facts]:
    pairs = []
    for name, one in cleaned.items():
        with believed(f"{CLEAN}/{name}.json", JOB):
            faults = Counter(one["faults"]).most_common()
            pairs += [(name, ", ".join(f"{fault} ({count(times)})" for fault, times in faults))] if faults else []
    if pairs:
        yield Facts(tuple(pairs), "Why utterances were rejected")


def _accounts(sources: Sources) -> Iterator[Part]:
    """What is worth a look, line by line."""
    rows, left = [], []
    for folder in (REJECTED, INGEST):
        for name, path in sources.each(folder, ".csv").items():
            table = sources.table(path)
            assert table is not None  # `each` names files that exist
            with believed(path, JOB):
                if folder == REJECTED:
                    table = pd.DataFrame({"kind": "rejected", "what": table["id"].astype(str) + ": " + table["reason"].astype(str)})
                lines = table[["kind", "what"]].astype(str).to_numpy().tolist()
            rows += [Row((name, *line)) for line in lines[:_LISTED]]
            if len(lines) > _LISTED:
                left.append(f"{count(len(lines) - _LISTED)} more in {path}")
    if rows:
        columns = (Column("corpus", "text"), Column("kind", "text"), Column("what", "text"))
        yield Table(columns, tuple(rows), "Missing, skipped, unreadable, rejected", "; ".join(left), "account")
    else:
        yield Note("Nothing is missing, skipped, unreadable or rejected.")


def _lags(cleaned: Mapping[str, dict]) -> Table:
    items = []
    for corpus, one in cleaned.items():
        items.append(Item(corpus, None, kind="group"))
        with believed(f"{CLEAN}/{corpus}.json", JOB):
            for name, own in one["speakers"].items():
                lag, error = own["lag_ms"], own["lag_error_ms"]
                low, high = (lag - error, lag + error) if known(lag) and known(error) else (None, None)
                items.append(Item(name, lag, low, high, kind="inner", note=count(own["lag_utterances"])))
    seen = [value for item in items for value in (item.value, item.low, item.high) if known(value)]
    return Dots(Axis.around(seen, 0), 1, "speaker", "ms", "± error", note="utterances").table(
        items, "Lag of motion behind sound",
        "From all utterances of a speaker together, positive where motion is late; line: one standard error.")


def _coils(sources: Sources) -> Iterator[Table]:
    """Which trajectories each test speaker lacks."""
    table, fold = sources.table(CSV), sources.fold
    lacking: dict[str, list[str]] = {}
    if table is not None:
        with believed(CSV, "make loso"):
            chosen = table[(table["line"] == TRIVIAL) & (table["metric"] == "rmse_z") & table["speaker"].str.contains("/")]
            for row in chosen.to_dict("records"):
                absent = [name for name in CHANNELS if not np.isfinite(row[name])]
                lacking.setdefault(", ".join(absent) or "none", []).append(str(row["speaker"]))
    elif fold is not None:
        with believed(DETAILS, JOB):
            measured = fold.predictors[MODEL].trajectories["rmse_z"]
            absent = [name for name in CHANNELS if name not in measured]
            lacking[", ".join(absent) or "none"] = [fold.run.test_speaker]
    if lacking:
        rows = [Row((absent, ", ".join(dict.fromkeys(names)))) for absent, names in sorted(lacking.items())]
        columns = (Column("absent", "text"), Column("speakers", "text"))
        yield Table(columns, tuple(rows), "Trajectories that test speakers lack", style="account")
