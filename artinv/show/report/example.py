"""Section on the test utterances: their scores, and the curves of one of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from artinv.core.channels import CHANNELS, UNITLESS, UNITS
from artinv.measure import metrics
from artinv.runtime.errors import expected_content
from artinv.show.report.charts import Dots, Item, Panel
from artinv.show.report.parts import Absent, Chart, Fold, Part, Section, Table, count, number, title
from artinv.show.report.predictors import axis
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis, tag

TITLE, JOB = "Test utterances", "make repro"
LEGEND = (("curve measured", "measured"), ("curve predicted", "predicted"))
_SAME = 0.005
"""Tolerance between correlations of the same curves, because the values in the file are rounded."""
_SHOWN = 12
"""Maximum number of listed utterances; of more, those with the lowest and highest Pearson are listed."""


def section(sources: Sources) -> Section | Absent:
    """Make the section from plots/trajectories.csv and metrics/utterances.csv; one of them may be missing."""
    table, utterances = sources.table(NAMES.trajectories), sources.table(NAMES.utterances)
    if table is None and utterances is None:
        return Absent.missing(TITLE, NAMES.trajectories, JOB)
    parts: list[Part] = []
    if utterances is not None:
        with expected_content(NAMES.utterances, JOB):
            parts.append(Fold("Scores", [_ranking(utterances)]))
    if table is not None:
        with expected_content(NAMES.trajectories, JOB):
            parts.append(Fold("Curves of one utterance", [_example(table, utterances)]))
    lead = "" if table is not None else f"No curves: {NAMES.trajectories} is missing; run `dvc checkout` or `{JOB}`."
    return Section.about("utterances", TITLE, parts, sources.origin_of_fold, lead)


def _ranking(utterances: pd.DataFrame) -> Table:
    order = utterances.sort_values(["pearson", "id"], na_position="first", ignore_index=True)
    baselines = ("ridge",) if "ridge.pearson" in order else ()
    shown = order if len(order) <= _SHOWN else pd.concat([order.head(_SHOWN // 2), order.tail(_SHOWN // 2)])
    items = [Item(str(row["id"]).rpartition("/")[2], row["pearson"], others={name: row[f"{name}.pearson"] for name in baselines},
                  note=f"{number(row['rmse_mm'], 2)} mm") for row in shown.to_dict("records")]
    if len(order) > _SHOWN:
        items.insert(_SHOWN // 2, Item(f"{count(len(order) - len(shown))} more between", None, kind="group"))
    dots = Dots(axis(items, "pearson"), 3, "from low to high Pearson", "Pearson", interval="", others=baselines, note="RMSE")
    return dots.table(items, f"{count(len(order), 'utterance')} of the test set")


def _example(table: pd.DataFrame, utterances: pd.DataFrame | None) -> Chart:
    names = [name for name in CHANNELS if name in table and f"{name}_predicted" in table]
    time = table["time"].to_numpy(float)
    across = Axis(float(time[0]), float(time[-1]) if len(time) > 1 else float(time[0]) + 1, ())
    pairs = {name: (table[name].to_numpy(float), table[f"{name}_predicted"].to_numpy(float)) for name in names}
    measured, predicted = (np.stack(columns, 1) for columns in zip(*pairs.values(), strict=True))
    correlations = dict(zip(names, metrics.pearson(measured, predicted), strict=True))
    panels = [_panel(name, time, pair, across, correlations[name]) for name, pair in pairs.items()]
    name = _named(utterances, len(table), correlations) if utterances is not None else ""
    note = f"Each panel spans {time[-1] - time[0]:.2f} s; numbers on the right: Pearson over this utterance."
    return Chart(tag("div", *panels, class_="small"), f"{name or 'One utterance'}, measured and predicted", note, LEGEND)


def _panel(name: str, time: np.ndarray, pair: Sequence[np.ndarray], across: Axis, correlation: float) -> Markup:
    up = Axis.around(np.concatenate(pair).tolist(), most=3)
    curves = {kind: list(zip(time.tolist(), values.tolist(), strict=True))
              for kind, values in zip(("measured", "predicted"), pair, strict=True)}
    unit = f" {UNITS[name]}" if UNITS[name] else ""
    description = f"{title(name)}, measured and predicted over time; Pearson {number(correlation, 2)}"
    head = tag("figcaption", tag("b", title(name)), tag("span", unit), tag("em", number(correlation, 2)))
    return tag("figure", head, Panel(curves, across, up, description).markup())


def _named(utterances: pd.DataFrame, frames: int, correlations: dict[str, float]) -> str:
    """Return the id of the plotted utterance, identified by its length and correlations; "" if it is ambiguous."""
    matching = [
        row["id"] for row in utterances.to_dict("records") if row["frames"] == frames
        and all(abs(row.get(f"pearson.{name}", value) - value) < _SAME
                for name, value in correlations.items() if name not in UNITLESS)
    ]
    return str(matching[0]) if len(matching) == 1 else ""
