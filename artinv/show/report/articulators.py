"""Every articulator of the default run with its interval."""

import pandas as pd

from artinv.core.channels import CHANNELS, UNITLESS
from artinv.evaluate.results import Coverage
from artinv.evaluate.scores import ARTICULATORS, DETAILS
from artinv.runtime.errors import believed
from artinv.show.report import lines
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import Absent, Legend, Part, Section, Side, Table, title
from artinv.show.report.sources import Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Articulators", "make repro"
COVERAGE = "How often the intervals hold"


def section(sources: Sources) -> Section | Absent:
    """Of plots/articulators.csv; how often the model's intervals hold, where its run has measured that."""
    table, fold = sources.table(ARTICULATORS), sources.fold
    if table is None or fold is None:
        return Absent.file(TITLE, ARTICULATORS if table is None else DETAILS, JOB)
    with believed(ARTICULATORS, JOB):
        model = fold.run.model
        both = [_metric(table[~table["articulator"].isin(UNITLESS)] if metric == "rmse_mm" else table, metric, model)
                for metric in ("pearson", "rmse_mm")]
    parts: list[Part] = [Legend(lines.LEGEND), Side(tuple(both))]
    if fold.intervals:
        parts.append(_coverage(fold.intervals))
    return Section.about("articulators", TITLE, parts, fold.run.origin,
                         "Averages over test utterances. Constriction locations have no unit and no place among millimetres.")


def _metric(table: pd.DataFrame, metric: str, model: str) -> Table:
    found = [line for line in lines.beside(metric) if f"{line}_{metric}" in table]
    items = [
        Item(title(str(row["articulator"])), row[metric], row[f"{metric}_low"], row[f"{metric}_high"],
             {line: row[f"{line}_{metric}"] for line in found}, kind="strong" if row["articulator"] == "mean" else "")
        for row in table.to_dict("records")
    ]
    heading, digits, better = lines.METRICS[metric]
    return Dots(lines.axis(items, metric), digits, better, model, others=tuple(found)).table(items, heading)


def _coverage(intervals: Coverage) -> Table:
    level = intervals.level
    items = [Item(title(name), intervals.articulators[name], others={"target": level})
             for name in CHANNELS if name in intervals.articulators]
    items.append(Item("mean", intervals.coverage, others={"target": level}, kind="strong"))
    note = f"Share of true values inside the model's own intervals, which are meant to hold {level:.0%}; bar: the promise."
    return Dots(Axis.around((), 0, 1), 3, "", "share", interval="").table(items, COVERAGE, note)
