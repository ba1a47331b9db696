"""Section on the articulators of the default run, with intervals."""

import pandas as pd

from artinv.core.channels import CHANNELS, UNITLESS
from artinv.evaluate.results import FoldCoverage
from artinv.runtime.errors import expected_content
from artinv.show.report import predictors
from artinv.show.report.charts import Dots, Item
from artinv.show.report.default import tested
from artinv.show.report.parts import Absent, Fold, Legend, Part, Section, Side, Table, title
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Articulators", "make repro"
COVERAGE = "Coverage of the intervals"


def section(sources: Sources) -> Section | Absent:
    """Make the section from plots/articulators.csv, with the coverage of the model's intervals if it was measured."""
    table, fold = sources.table(NAMES.articulators), sources.fold
    if table is None or fold is None:
        return Absent.missing(TITLE, NAMES.articulators if table is None else NAMES.details, JOB)
    with expected_content(NAMES.articulators, JOB):
        model = fold.run.model
        both = [_metric(table[~table["articulator"].isin(UNITLESS)] if metric == "rmse_mm" else table, metric, model)
                for metric in ("pearson", "rmse_mm")]
    parts: list[Part] = [Legend(predictors.LEGEND), Side(tuple(both))]
    if fold.intervals:
        parts.append(_coverage(fold.intervals))
    lead = f"Averages over {tested(fold)}. Constriction locations have no unit and are not included in mm."
    return Section.about("articulators", TITLE, [Fold("Each articulator", parts)], fold.run.origin, lead)


def _metric(table: pd.DataFrame, metric: str, model: str) -> Table:
    baselines = [name for name in predictors.baselines(metric) if f"{name}_{metric}" in table]
    items = [
        Item(title(str(row["articulator"])), row[metric], row[f"{metric}_low"], row[f"{metric}_high"],
             {name: row[f"{name}_{metric}"] for name in baselines}, kind="strong" if row["articulator"] == "mean" else "")
        for row in table.to_dict("records")
    ]
    heading, digits, better = predictors.METRICS[metric]
    return Dots(predictors.axis(items, metric), digits, better, model, others=tuple(baselines)).table(items, heading)


def _coverage(intervals: FoldCoverage) -> Table:
    level = intervals.level
    items = [Item(title(name), intervals.articulators[name], others={"target": level})
             for name in CHANNELS if name in intervals.articulators]
    items.append(Item("mean", intervals.coverage, others={"target": level}, kind="strong"))
    note = f"Share of true values inside the model's own intervals; bar: nominal level, {level:.0%}."
    return Dots(Axis.around((), 0, 1), 3, "", "share", interval="").table(items, COVERAGE, note)
