"""A predictor beside ridge regression and the trivial line, in every metric: for one fold and for many."""

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
"""Means over the coordinates of tongue, jaw and lips alone, which is what most of the literature reports."""

OTHERS = (RIDGE, TRIVIAL)
NAMES = {RIDGE: "ridge regression", TRIVIAL: "the speaker's mean"}
LEGEND = ((MODEL, "model, line: 95 % interval"), (RIDGE, "ridge regression"), (TRIVIAL, "the speaker's mean (trivial)"))


Means = Mapping[str, Mapping[str, Estimate]]
"""Predictor -> its averages by metric."""


def tiles(predictors: Means, over: str) -> Tiles:
    """The two figures that are quoted."""
    made = []
    for metric, unit in (("pearson", ""), ("rmse_mm", "mm")):
        title, digits, _ = METRICS[metric]
        own = predictors[MODEL][metric]
        beside = [f"{NAMES[name]} {number(predictors[name][metric].mean, digits)}" for name in OTHERS if name in predictors]
        interval = between(own.low, own.high, digits)
        held = f"95 % {interval} {over}" if interval != NOTHING else "no interval: there is one alone"
        made.append(Tile(title.removesuffix(" in mm"), number(own.mean, digits), unit, "; ".join([held, *beside])))
    return Tiles(tuple(made))


def tables(predictors: Means, model: str) -> Side:
    """A small table for each metric."""
    return Side(tuple(_table(metric, predictors, model) for metric in METRICS))


def coils(predictors: Means, model: str) -> Side:
    """The same over the 12 coordinates."""
    return Side(tuple(_table(metric, predictors, model) for metric in COILS))


def common(predictors: Means, model: str, utterances: int, sentences: str) -> Table:
    """Means on the test part of the test speakers, by predictor and metric, with how much was tested."""
    columns = Column("", "text"), *(Column(_name(name, model)) for name in predictors)
    rows = [Row((title, *(number(means[metric].mean, digits) for means in predictors.values())))
            for metric, (title, digits, _) in {**METRICS, **COILS}.items()]
    note = f"{counted(utterances, 'utterance')}, {sentences}: what every setting tests on; compare settings by it."
    return Table(columns, tuple(rows), "On the test part alone", note)


def _name(predictor: str, model: str) -> str:
    return model if predictor == MODEL else NAMES[predictor]


def _table(metric: str, predictors: Means, model: str) -> Table:
    title, digits, better = {**METRICS, **COILS}[metric]
    items = [Item(_name(name, model), means[metric].mean, means[metric].low, means[metric].high, line=name)
             for name, means in predictors.items()]
    return Dots(axis(items, metric), digits, better, "mean").table(items, title)


def beside(metric: str) -> tuple[str, ...]:
    """Lines whose marks say something in rows of this metric: the trivial one's Pearson is always 0."""
    return (RIDGE,) if metric == "pearson" else OTHERS


def axis(items: Sequence[Item], metric: str) -> Axis:
    """From 0, a correlation up to 1; below 0 where something lies there."""
    seen = [value for item in items for value in (item.value, item.low, item.high, *(item.others or {}).values()) if known(value)]
    return Axis.around(seen, 0, 1) if metric.startswith("pearson") else Axis.around(seen, 0)
