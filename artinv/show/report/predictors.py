"""Tables that compare the model with ridge regression and the trivial predictor, for one fold or many."""

from collections.abc import Mapping, Sequence

from artinv.evaluate.results import MODEL, RIDGE, TRIVIAL, Estimate
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import NOTHING, Column, Row, Side, Table, Tile, Tiles, between, known, number
from artinv.show.report.svg import Axis
from artinv.show.results.tables import counted

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

BASELINES = (RIDGE, TRIVIAL)
NAMES = {RIDGE: "ridge regression", TRIVIAL: "the speaker's mean"}
LEGEND = ((MODEL, "model, line: 95 % interval"), (RIDGE, "ridge regression"), (TRIVIAL, "the speaker's mean (trivial)"))


Means = Mapping[str, Mapping[str, Estimate]]
"""Predictor -> its averages by metric."""


def tiles(predictors: Means, over: str) -> Tiles:
    """Return the two main figures: Pearson and RMSE in mm."""
    made = []
    for metric, unit in (("pearson", ""), ("rmse_mm", "mm")):
        title, digits, _ = METRICS[metric]
        own = predictors[MODEL][metric]
        baselines = [f"{NAMES[name]} {number(predictors[name][metric].mean, digits)}" for name in BASELINES if name in predictors]
        interval = between(own.low, own.high, digits)
        first = f"95 % {interval} {over}" if interval != NOTHING else "no interval from a single value"
        made.append(Tile(title.removesuffix(" in mm"), number(own.mean, digits), unit, "; ".join([first, *baselines])))
    return Tiles(tuple(made))


def tables(predictors: Means, model: str) -> Side:
    """Return a small table for each metric."""
    return Side(tuple(_table(metric, predictors, model) for metric in METRICS))


def coils(predictors: Means, model: str) -> Side:
    """Return a small table for each metric over the 12 coil coordinates."""
    return Side(tuple(_table(metric, predictors, model) for metric in COILS))


def common(predictors: Means, model: str, utterances: int, sentences: str) -> Table:
    """Return the means on the test part of the test speakers, by predictor and metric."""
    columns = Column("", "text"), *(Column(_name(name, model)) for name in predictors)
    rows = [Row((title, *(number(means[metric].mean, digits) for means in predictors.values())))
            for metric, (title, digits, _) in {**METRICS, **COILS}.items()]
    note = f"{counted(utterances, 'utterance')}, {sentences}; equal in all settings, so that they can be compared."
    return Table(columns, tuple(rows), "On the test part alone", note)


def _name(predictor: str, model: str) -> str:
    return model if predictor == MODEL else NAMES[predictor]


def _table(metric: str, predictors: Means, model: str) -> Table:
    title, digits, better = {**METRICS, **COILS}[metric]
    items = [Item(_name(name, model), means[metric].mean, means[metric].low, means[metric].high, series=name)
             for name, means in predictors.items()]
    return Dots(axis(items, metric), digits, better, "mean").table(items, title)


def baselines(metric: str) -> tuple[str, ...]:
    """Return the baselines to show for a metric; the trivial predictor's Pearson is always 0 and not shown."""
    return (RIDGE,) if metric == "pearson" else BASELINES


def axis(items: Sequence[Item], metric: str) -> Axis:
    """Return an axis that contains all values and 0, and for a correlation also 1."""
    seen = [value for item in items for value in (item.value, item.low, item.high, *(item.others or {}).values()) if known(value)]
    return Axis.around(seen, 0, 1) if metric.startswith("pearson") else Axis.around(seen, 0)
