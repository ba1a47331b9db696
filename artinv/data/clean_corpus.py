"""Clean a corpus: write its cleaned records, the list of rejected utterances with reasons, and a summary of all repairs."""

import csv
import io
from functools import partial

from artinv.core.files import write_json, write_text
from artinv.core.provenance import stamp
from artinv.core.records import Rejected, Utterance, common_origin
from artinv.core.store import Writer
from artinv.core.transform import map_records
from artinv.core.workspace import Workspace
from artinv.data.clean import EXCLUDED, CleanParams, clean
from artinv.data.clean_report import Report, rejected, tally
from artinv.runtime.errors import BadData, BadParams


def clean_corpus(corpus: str, params: CleanParams, workspace: Workspace, *, workers: int = 0) -> None:
    """Write data/cleaned, metrics/clean and metrics/rejected from data/ingested; raise BadData if too much is rejected."""
    source, table = workspace.ingested / corpus, workspace.rejected / f"{corpus}.csv"
    reports: list[Report] = []
    origins: set[str] = set()
    with Writer(workspace.cleaned / corpus) as writer:
        for record, report in map_records(source, Utterance, partial(clean, params=params), f"clean {corpus}", workers=workers):
            reports.append(report)
            if not isinstance(record, Rejected):
                writer.add(record)
                origins.add(record.origin)
        if not reports:
            raise BadData(f"{source}: holds no utterance; run `dvc repro ingest` or take {corpus} off `corpora`")
        _check_names(corpus, params, reports, workspace)
        sums, unfit, stamped = tally(reports), rejected(reports), stamp(common_origin(origins))
        write_json(workspace.clean_metrics / f"{corpus}.json", sums | stamped)
        count = {"utterances": len(reports), "rejected": len(unfit), "hours": sums["seconds_kept"] / 3600}
        write_json(workspace.rejected / f"{corpus}.json", count | stamped)
        write_text(table, _table(unfit))
        excluded = sums["faults"].pop(EXCLUDED, 0)
        remaining = len(reports) - excluded
        if not remaining:
            raise BadData(f"{corpus}: clean.exclude names all utterances; take names off it, or {corpus} off `corpora`")
        if len(unfit) - excluded > params.max_rejected * remaining:
            faults = ", ".join(f"{count} {fault}" for fault, count in sorted(sums["faults"].items()))
            raise BadData(
                f"{corpus}: {len(unfit) - excluded} of {remaining} utterances are unfit ({faults}), more than clean.max_rejected ="
                f" {params.max_rejected:g} allows; the reasons are in {table}",
            )


def _check_names(corpus: str, params: CleanParams, reports: list[Report], workspace: Workspace) -> None:
    """Reject misspelled names in the parameters, which would have no effect."""
    known: dict[str, set[str]] = {
        "exclude": {report.id for report in reports}, "lags": {f"{corpus}/{report.speaker}" for report in reports},
    }
    for key, names in known.items():
        if unknown := [name for name in getattr(params, key) if name.startswith(f"{corpus}/") and name not in names]:
            source, table = workspace.ingested / corpus, workspace.ingest_metrics / f"{corpus}.csv"
            raise BadParams(f"{workspace.params}: clean.{key} names {unknown[0]}, which {source} does not hold; correct the name,"
                            f" or remove it if {table} lists it as skipped")


def _table(unfit: list[Rejected]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["id", "reason"])
    rows.writerows((record.id, record.reason) for record in unfit)
    return text.getvalue()
