"""Section on the corpora: recordings, rejected utterances, lag of motion, and missing coils."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.evaluate.results import MODEL, TRIVIAL
from artinv.runtime.errors import expected_content
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import (
    NOTHING,
    Absent,
    Column,
    FactList,
    Fold,
    Note,
    Part,
    Row,
    Section,
    Side,
    Table,
    count,
    known,
    number,
)
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Corpora", "make repro"
_SUMMED = ("utterances", "rejected", "seconds_kept", "seconds_recorded", "samples", "samples_masked")
_LISTED = 12
"""Maximum number of rows shown per file."""


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/ingest, metrics/clean and metrics/rejected; each file of a corpus may be missing."""
    ingested, cleaned = (_contents(sources, folder) for folder in (NAMES.ingest_metrics, NAMES.clean_metrics))
    if not ingested and not cleaned:
        return Absent(TITLE, f"{NAMES.ingest_metrics} and {NAMES.clean_metrics} are empty; `{JOB}` makes their files")
    detail: list[Part] = []
    both = []
    if ingested:
        both.append(_ingested(ingested))
    if cleaned:
        both.append(_cleaned(cleaned))
        detail.append(_lags(cleaned))
    detail += [*_faults(cleaned), *_problems(sources), *_coils(sources)]
    parts: list[Part] = [Side(tuple(both)), Fold("Lags, rejected utterances, missing coils", detail)]
    return Section.about("corpora", TITLE, parts, sources.origin_of_fold, _lead(sources, {*ingested, *cleaned}))


def _contents(sources: Sources, folder: Path) -> dict[str, dict]:
    files = {name: sources.json(path) for name, path in sources.each(folder, ".json").items()}
    return {name: content for name, content in files.items() if content is not None}


def _lead(sources: Sources, names: set[str]) -> str:
    used = (sources.choices() or {}).get("corpora")
    idle = sorted(names - set(map(str, used))) if used else []
    return f"{', '.join(idle)}: not used by this run." if idle else ""


def _ingested(ingested: Mapping[str, dict]) -> Table:
    keys = ("utterances", "minutes", "unreadable", "missing", "skipped")
    titles = ("speakers", "utter\u00adances", "min\u00adutes", "unread\u00adable", "missing", "skipped")
    columns = (Column("corpus", "text"), *map(Column, titles))
    totals: Counter[str] = Counter()
    rows = []
    for name, report in ingested.items():
        with expected_content(f"{NAMES.ingest_metrics}/{name}.json", JOB):
            values = {"speakers": len(report["speakers"]), **{key: report[key] for key in keys}}
            totals.update(values)
            rows.append(Row((name, *_cells(values))))
    return Table(columns, (*rows, Row(("all", *_cells(totals)), "strong")), "Read")


def _cleaned(cleaned: Mapping[str, dict]) -> Table:
    columns = (Column("corpus", "text"), *map(Column, ("utterances", "rejected", "minutes kept", "of", "samples lost")))
    totals: Counter[str] = Counter()
    rows = []
    for name, report in [*cleaned.items(), ("all", totals)]:
        with expected_content(f"{NAMES.clean_metrics}/{name}.json", JOB):
            if report is not totals:
                totals.update({key: report[key] for key in _SUMMED})
            lost = f"{number(1e6 * report['samples_masked'] / report['samples'], 0)} ppm" if report["samples"] else NOTHING
            minutes = [number(report[key] / 60, 1) for key in ("seconds_kept", "seconds_recorded")]
            cells = (name, count(report["utterances"]), count(report["rejected"]), *minutes, lost)
            rows.append(Row(cells, "strong" if report is totals else ""))
    note = "Samples lost: in gaps too long to interpolate. Silence around speech is trimmed."
    return Table(columns, tuple(rows), "After cleaning", note)


def _cells(values: Mapping[str, float]) -> list[str]:
    return [number(value, 1) if key == "minutes" else count(value) for key, value in values.items()]


def _faults(cleaned: Mapping[str, dict]) -> Iterator[FactList]:
    pairs = []
    for name, report in cleaned.items():
        with expected_content(f"{NAMES.clean_metrics}/{name}.json", JOB):
            faults = Counter(report["faults"]).most_common()
            pairs += [(name, ", ".join(f"{fault} ({count(times)})" for fault, times in faults))] if faults else []
    if pairs:
        yield FactList(tuple(pairs), "Reasons for rejection")


def _problems(sources: Sources) -> Iterator[Part]:
    """List missing, skipped, unreadable and rejected items, one per row."""
    rows, left = [], []
    for folder in (NAMES.rejected, NAMES.ingest_metrics):
        for name, path in sources.each(folder, ".csv").items():
            table = sources.table(path)
            assert table is not None  # `each` names files that exist
            with expected_content(path, JOB):
                if folder == NAMES.rejected:
                    table = pd.DataFrame({"kind": "rejected", "what": table["id"].astype(str) + ": " + table["reason"].astype(str)})
                items = table[["kind", "what"]].astype(str).to_numpy().tolist()
            rows += [Row((name, *item)) for item in items[:_LISTED]]
            if len(items) > _LISTED:
                left.append(f"{count(len(items) - _LISTED)} more in {path}")
    if rows:
        columns = (Column("corpus", "text"), Column("kind", "text"), Column("what", "text"))
        yield Table(columns, tuple(rows), "Missing, skipped, unreadable, rejected", "; ".join(left), "account")
    else:
        yield Note("Nothing is missing, skipped, unreadable or rejected.")


def _lags(cleaned: Mapping[str, dict]) -> Table:
    items = []
    for corpus, report in cleaned.items():
        items.append(Item(corpus, None, kind="group"))
        with expected_content(f"{NAMES.clean_metrics}/{corpus}.json", JOB):
            for name, own in report["speakers"].items():
                lag, error = own["lag_ms"], own["lag_error_ms"]
                low, high = (lag - error, lag + error) if known(lag) and known(error) else (None, None)
                items.append(Item(name, lag, low, high, kind="inner", note=count(own["lag_utterances"])))
    seen = [value for item in items for value in (item.value, item.low, item.high) if known(value)]
    return Dots(Axis.around(seen, 0), 1, "speaker", "ms", "± error", note="utterances").table(
        items, "Lag between motion and sound",
        "Over all utterances of a speaker; positive: motion lags behind sound. Line: one standard error.")


def _coils(sources: Sources) -> Iterator[Table]:
    """List the trajectories that are missing for each test speaker."""
    table, fold = sources.table(NAMES.loso_table), sources.fold
    missing: dict[str, list[str]] = {}
    if table is not None:
        with expected_content(NAMES.loso_table, "make loso"):
            chosen = table[(table["line"] == TRIVIAL) & (table["metric"] == "rmse_z") & table["speaker"].str.contains("/")]
            for row in chosen.to_dict("records"):
                absent = [name for name in CHANNELS if not np.isfinite(row[name])]
                missing.setdefault(", ".join(absent) or "none", []).append(str(row["speaker"]))
    elif fold is not None:
        with expected_content(NAMES.details, JOB):
            measured = fold.predictors[MODEL].trajectories["rmse_z"]
            absent = [name for name in CHANNELS if name not in measured]
            missing[", ".join(absent) or "none"] = [fold.run.test_speaker]
    if missing:
        rows = [Row((absent, ", ".join(dict.fromkeys(names)))) for absent, names in sorted(missing.items())]
        columns = (Column("missing", "text"), Column("speakers", "text"))
        yield Table(columns, tuple(rows), "Missing trajectories of test speakers", style="account")
