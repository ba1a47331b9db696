"""A predictor beside ridge regression and the trivial line, in every metric: for one fold and for many."""

from collections.abc import Mapping, Sequence

from artinv.evaluate.scores import COMMON, MODEL, TRIVIAL
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

OTHERS = ("ridge", TRIVIAL)
NAMES = {"ridge": "ridge regression", TRIVIAL: "the speaker's mean"}
LEGEND = ((MODEL, "model, line: 95 % interval"), ("ridge", "ridge regression"), (TRIVIAL, "the speaker's mean (trivial)"))


def lines(block: Mapping, model: str) -> dict[str, tuple[str, Mapping]]:
    """Line -> its name and its figures by metric."""
    return {MODEL: (model, block), **{line: (NAMES[line], block[line]) for line in OTHERS if line in block}}


def tiles(block: Mapping, over: str) -> Tiles:
    """The two figures that are quoted."""
    made = []
    for metric, unit in (("pearson", ""), ("rmse_mm", "mm")):
        title, digits, _ = METRICS[metric]
        own = block[metric]
        beside = [f"{NAMES[line]} {number(block[line][metric]['mean'], digits)}" for line in OTHERS if line in block]
        interval = between(own["low"], own["high"], digits)
        held = f"95 % {interval} {over}" if interval != NOTHING else "no interval: there is one alone"
        made.append(Tile(title.removesuffix(" in mm"), number(own["mean"], digits), unit, "; ".join([held, *beside])))
    return Tiles(tuple(made))


def tables(block: Mapping, model: str) -> Side:
    """A small table for each metric."""
    return Side(tuple(_table(metric, lines(block, model)) for metric in METRICS if metric in block))


def coils(block: Mapping, model: str) -> Side:
    """The same over the 12 coordinates."""
    return Side(tuple(_table(metric, lines(block, model)) for metric in COILS))


def common(block: Mapping, model: str) -> Table:
    """Means on the test part of the test speakers, by line and metric, with how much was tested."""
    shared, shown = block[COMMON], {**METRICS, **COILS}
    found = {line: shared if line == MODEL else shared[line] for line in (MODEL, *OTHERS) if line == MODEL or line in shared}
    names = {MODEL: model, **NAMES}
    columns = Column("", "text"), *(Column(names[line]) for line in found)
    rows = [Row((title, *(number(one[metric]["mean"], digits) for one in found.values())))
            for metric, (title, digits, _) in shown.items()]
    alone = "sentences" in shared
    sentences = counted(shared["sentences" if alone else "sentences_each"], "sentence") + ("" if alone else " a speaker")
    note = f"{counted(shared['utterances'], 'utterance')}, {sentences}: what every setting tests on; compare settings by it."
    return Table(columns, tuple(rows), "On the test part alone", note)


def _table(metric: str, found: Mapping[str, tuple[str, Mapping]]) -> Table:
    title, digits, better = {**METRICS, **COILS}[metric]
    items = [Item(name, own[metric]["mean"], own[metric]["low"], own[metric]["high"], line=line)
             for line, (name, own) in found.items()]
    return Dots(axis(items, metric), digits, better, "mean").table(items, title)


def beside(metric: str) -> tuple[str, ...]:
    """Lines whose marks say something in rows of this metric: the trivial one's Pearson is always 0."""
    return ("ridge",) if metric == "pearson" else OTHERS


def axis(items: Sequence[Item], metric: str) -> Axis:
    """From 0, a correlation up to 1; below 0 where something lies there."""
    seen = [value for item in items for value in (item.value, item.low, item.high, *(item.others or {}).values()) if known(value)]
    return Axis.around(seen, 0, 1) if metric.startswith("pearson") else Axis.around(seen, 0)
