"""Tables that compare the model with ridge regression and the trivial predictor, for one fold or many."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from artinv.evaluate.results import MODEL, RIDGE, TRIVIAL, Estimate
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import NOTHING, Column, Row, Side, Table, between, known, number
from artinv.show.report.svg import Axis, tag

METRICS = {
    "pearson": ("Pearson", 3, "higher is better"),
    "rmse_mm": ("RMSE in mm", 2, "lower is better"),
    "rmse_z": ("RMSE in standard deviations of the speaker", 3, "lower is better"),
    "rmse_mm_blind": ("RMSE in mm of the average training speaker", 2, "lower is better"),
}
COILS = {f"{metric}_coils": (title, *METRICS[metric][1:]) for metric, title in (
    ("pearson", "Pearson, 12 coil coordinates"), ("rmse_mm", "RMSE in mm, 12 coil coordinates"),
    ("rmse_z", "RMSE in standard deviations, 12 coil coordinates"))}
"""Means over the coordinates of tongue, jaw and lips only, as most publications report."""

MAIN = "pearson", "rmse_mm"
COMMON = "equal in all settings, so that they can be compared."
BASELINES = (RIDGE, TRIVIAL)
NAMES = {RIDGE: "ridge regression", TRIVIAL: "the speaker's mean"}
LEGEND = ((MODEL, "model, line: 95 % interval"), (RIDGE, "ridge regression"), (TRIVIAL, "the speaker's mean (trivial)"))


Means = Mapping[str, Estimate]
"""Averages of a predictor by metric."""


def charts(predictors: Mapping[str, Means], model: str) -> Side:
    """Return a chart of the predictors for each main metric."""
    return Side(tuple(_chart(metric, predictors, model) for metric in MAIN))


def _chart(metric: str, predictors: Mapping[str, Means], model: str) -> Table:
    title, digits, better = METRICS[metric]
    items = [Item(model if name == MODEL else NAMES[name], means[metric].mean, means[metric].low, means[metric].high, series=name)
             for name, means in predictors.items()]
    return Dots(axis(items, metric), digits, better, "mean").table(items, title)


def figures(by_name: Mapping[str, Means], title: str, note: str = "", shown: Sequence[str] = ()) -> Table:
    """Return all metrics except those in `shown` by predictor, each as a mean with its interval."""
    rows = [Row((heading, *(estimate(means[metric], digits) for means in by_name.values())))
            for metric, (heading, digits, _) in {**METRICS, **COILS}.items()
            if metric not in shown and all(metric in means for means in by_name.values())]
    return Table((Column("", "text"), *map(Column, by_name)), tuple(rows), title, note)


def estimate(value: Estimate, digits: int) -> Markup:
    """Return a mean with its interval, which is hidden on narrow screens and left out if it is unknown."""
    interval = between(value.low, value.high, digits)
    return escape(number(value.mean, digits)) + (tag("span", f" {interval}", class_="wide") if interval != NOTHING else "")


def baselines(metric: str) -> tuple[str, ...]:
    """Return the baselines to show for a metric; the trivial predictor's Pearson is always 0 and not shown."""
    return (RIDGE,) if metric == "pearson" else BASELINES


def axis(items: Sequence[Item], metric: str) -> Axis:
    """Return an axis that contains all values and 0, and for a correlation also 1."""
    seen = [value for item in items for value in (item.value, item.low, item.high, *(item.others or {}).values()) if known(value)]
    return Axis.around(seen, 0, 1) if metric.startswith("pearson") else Axis.around(seen, 0)
