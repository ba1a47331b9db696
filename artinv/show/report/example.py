"""One test utterance as it was measured and predicted, and how the others did."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from artinv.core.channels import CHANNELS, UNITLESS, UNITS
from artinv.evaluate.scores import UTTERANCES
from artinv.measure import metrics
from artinv.runtime.errors import believed
from artinv.show.report.charts import Dots, Item, Panel
from artinv.show.report.lines import axis
from artinv.show.report.parts import Absent, Chart, Part, Section, Table, count, number, title
from artinv.show.report.sources import Sources
from artinv.show.report.svg import Axis, tag

TITLE, JOB, PATH = "Test utterances", "make repro", "plots/trajectories.csv"
LEGEND = (("curve measured", "measured"), ("curve predicted", "predicted"))
_SAME = 0.005
"""Difference of two correlations of the same curves, once from values that were rounded for the file."""
_SHOWN = 12
"""Utterances that are listed; of more, the weakest and the strongest."""


def section(sources: Sources) -> Section | Absent:
    """Of plots/trajectories.csv and metrics/utterances.csv, of which each may be absent."""
    table, utterances = sources.table(PATH), sources.table(UTTERANCES)
    if table is None and utterances is None:
        return Absent.file(TITLE, PATH, JOB)
    parts: list[Part] = []
    if utterances is not None:
        with believed(UTTERANCES, JOB):
            parts.append(_ranking(utterances))
    if table is not None:
        with believed(PATH, JOB):
            parts.append(_example(table, utterances))
    lead = "" if table is not None else f"No utterance is drawn: {PATH} is not there; `dvc checkout` or `{JOB}` brings it."
    return Section.about("utterances", TITLE, parts, sources.origin_of_fold, lead)


def _ranking(utterances: pd.DataFrame) -> Table:
    order = utterances.sort_values(["pearson", "id"], na_position="first", ignore_index=True)
    others = ("ridge",) if "ridge.pearson" in order else ()
    shown = order if len(order) <= _SHOWN else pd.concat([order.head(_SHOWN // 2), order.tail(_SHOWN // 2)])
    items = [Item(str(row["id"]).rpartition("/")[2], row["pearson"], others={line: row[f"{line}.pearson"] for line in others},
                  note=f"{number(row['rmse_mm'], 2)} mm") for row in shown.to_dict("records")]
    if len(order) > _SHOWN:
        items.insert(_SHOWN // 2, Item(f"{count(len(order) - len(shown))} more between", None, kind="group"))
    dots = Dots(axis(items, "pearson"), 3, "from weak to strong", "Pearson", interval="", others=others, note="RMSE")
    return dots.table(items, f"{count(len(order), 'utterance')} of the test set")


def _example(table: pd.DataFrame, utterances: pd.DataFrame | None) -> Chart:
    names = [name for name in CHANNELS if name in table and f"{name}_predicted" in table]
    time = table["time"].to_numpy(float)
    across = Axis(float(time[0]), float(time[-1]) if len(time) > 1 else float(time[0]) + 1, ())
    pairs = {name: (table[name].to_numpy(float), table[f"{name}_predicted"].to_numpy(float)) for name in names}
    likeness = dict(zip(names, metrics.pearson(*(np.stack(side, 1) for side in zip(*pairs.values(), strict=True))), strict=True))
    panels = [_panel(name, time, pair, across, likeness[name]) for name, pair in pairs.items()]
    known = _named(utterances, len(table), likeness) if utterances is not None else ""
    note = f"Each panel spans {time[-1] - time[0]:.2f} s; figures at the right: Pearson over this utterance."
    return Chart(tag("div", *panels, class_="small"), f"{known or 'One utterance'}, measured and predicted", note, LEGEND)


def _panel(name: str, time: np.ndarray, pair: Sequence[np.ndarray], across: Axis, likeness: float) -> Markup:
    up = Axis.around(np.concatenate(pair).tolist(), most=3)
    curves = {kind: list(zip(time.tolist(), values.tolist(), strict=True))
              for kind, values in zip(("measured", "predicted"), pair, strict=True)}
    unit = f" {UNITS[name]}" if UNITS[name] else ""
    says = f"{title(name)}, measured and predicted over time; Pearson {number(likeness, 2)}"
    head = tag("figcaption", tag("b", title(name)), tag("span", unit), tag("em", number(likeness, 2)))
    return tag("figure", head, Panel(curves, across, up, says).markup())


def _named(utterances: pd.DataFrame, frames: int, likeness: dict[str, float]) -> str:
    """The id of the utterance that is drawn: the one that is as long and as like in every articulator."""
    found = [
        row["id"] for row in utterances.to_dict("records") if row["frames"] == frames
        and all(abs(row.get(f"pearson.{name}", value) - value) < _SAME for name, value in likeness.items() if name not in UNITLESS)
    ]
    return str(found[0]) if len(found) == 1 else ""
