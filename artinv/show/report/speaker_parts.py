"""Parts of the section on leave one speaker out that are closed at first: speakers, differences, adaptation, intervals, maps."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.evaluate.loso import MEANS
from artinv.evaluate.results import MODEL, Difference, Estimate, ModelSummary, OverSpeakers
from artinv.show.report import predictors
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.parts import MINUS, Legend, Part, Side, Table, count, known, number
from artinv.show.report.svg import Axis
from artinv.show.results.tables import narrower, tested_on

RANKS = (MODEL, "second", "third")
"""Marks of the models of a setting, from the highest Pearson on; more models share the last one."""


def by_speaker(setting: str, models: Mapping[str, ModelSummary]) -> Iterator[Part]:
    """Yield the scores of each speaker: all models of a setting and the baselines in one chart for each metric."""
    order = sorted(models, key=lambda name: -models[name].predictors[MODEL].means["pearson"].mean)
    best = models[order[0]].predictors
    ranks = {RANKS[min(at, len(RANKS) - 1)]: name for at, name in enumerate(order)}
    others = {rank: models[name].predictors[MODEL] for rank, name in ranks.items() if rank != MODEL}
    names = {rank: name for rank, name in ranks.items() if rank != MODEL}
    marks = [(MODEL, f"{order[0]}, line: 95 % interval"), *names.items(), *predictors.LEGEND[1:]]
    yield Legend(tuple(marks))
    charts = []
    for metric in predictors.MAIN:
        series = others | {name: best[name] for name in predictors.baselines(metric) if name in best}
        charts.append(_chart(best[MODEL], series, {MODEL: order[0], **names}, metric, setting))
    yield Side(tuple(charts))


def _chart(
    own: OverSpeakers, others: Mapping[str, OverSpeakers], names: Mapping[str, str], metric: str, setting: str,
) -> Table:
    items = []
    for corpus in own.corpora:
        items.append(Item(corpus, None, kind="group"))
        members = [name for name in own.speakers if name.partition("/")[0] == corpus]
        items += [
            Item(name.partition("/")[2], own.speakers[name][metric], kind="inner",
                 others={other: over.speakers.get(name, {}).get(metric) for other, over in others.items()})
            for name in members
        ]
        if len(members) > 1:
            items.append(_mean(f"mean {corpus}", own.corpora[corpus][metric],
                               {other: over.corpora[corpus][metric].mean for other, over in others.items()}))
    if len(own.corpora) > 1:
        items.append(_mean("mean of all", own.means[metric], {other: over.means[metric].mean for other, over in others.items()}))
    heading, digits, better = predictors.METRICS[metric]
    layout = Dots(predictors.axis(items, metric), digits, better, names[MODEL], others=tuple(others), names=names)
    return layout.table(items, f"{heading}, {setting}")


def _mean(name: str, own: Estimate, others: Mapping[str, float]) -> Item:
    return Item(name, own.mean, own.low, own.high, others, kind="strong")


def differences(
    setting: str, models: Mapping[str, ModelSummary], pairs: Mapping[str, Mapping[str, Difference]],
) -> Iterator[Side]:
    """Yield the differences between models, and of each model from the baselines."""
    gains = {f"{model} {MINUS} {name}": models[model].minus[name]
             for model in sorted(models) for name in predictors.BASELINES if name in models[model].minus}
    gains = {name.replace(" - ", f" {MINUS} "): pair for name, pair in pairs.items()} | gains
    if not gains:
        return
    tables = []
    for metric, digits, better in (("pearson", 3, "positive is better"), ("rmse_mm", 2, "negative is better")):
        items = [Item(name, gain.mean, gain.low, gain.high, note=f"{gain.better} of {gain.speakers}")
                 for name, gain in ((name, by_metric[metric]) for name, by_metric in gains.items())]
        seen = [value for item in items for value in (item.low, item.high, item.value) if known(value)]
        tables.append(Dots(Axis.around(seen, 0), digits, better, "mean", note="better for").table(
            items, f"{predictors.METRICS[metric][0]}, {setting}",
            "Differences are taken per speaker. An interval that contains 0 shows no clear difference."))
    yield Side(tuple(tables))


def adapted(name: str, summary: ModelSummary) -> Iterator[Table]:
    """Yield the curve of adaptation to a few utterances of the test speaker, if it was measured."""
    if summary.adapted:
        points = sorted(summary.adapted.items())
        gains = [(number_of, point.means["pearson"]) for number_of, point in points]
        first = points[0][1]
        items = [Item(count(number_of, "utterance"), r.mean, r.low, r.high, {"zero-shot": r.zero_shot}, note=number(r.gain.mean, 3))
                 for number_of, r in gains]
        note = ("The readout is fitted to a few utterances of the speaker; zero-shot: the unadapted model on the same test "
                f"utterances ({tested_on(first.tested_utterances, first.tested_sentences)} per speaker).")
        yield Dots(predictors.axis(items, "pearson"), 3, "adapted on", "Pearson", others=("zero-shot",), note="gain").table(
            items, name, note)


def intervals(name: str, summary: ModelSummary) -> Iterator[Part]:
    """Yield the coverage of calibrated intervals, as a mean and by speaker, if it was measured."""
    if (calibrated := summary.intervals) is None:
        return
    items, level = [], calibrated.level
    for own, title in ((calibrated.learned, "learned widths"), (calibrated.constant, "constant width")):
        shares = [speaker.coverage for speaker in own.speakers.values()]
        note = f"± {number(own.margin, 2)} SD, {own.within} of {len(shares)}"
        items.append(Item(title, own.coverage, min(shares), max(shares), {"target": level}, note=note))
    if trained := summary.own_intervals:
        shares = list(trained.speakers.values())
        items.append(Item("calibrated on training speakers", trained.coverage, min(shares), max(shares), {"target": level},
                          note=f"{trained.within} of {len(shares)}"))
    whole = Dots(Axis.around((), 0, 1), 3, "", "share", "speakers", note="width, speakers within 5 points").table(
        items, f"{name}: {level:.0%} intervals",
        "Share of true values inside the intervals; line: range over speakers; bar: nominal level. Calibrated on other speakers "
        f"that the model was not trained on. Learned widths are {narrower(calibrated)} than constant ones.")
    constant = calibrated.constant.speakers
    rows = [Item(speaker.partition("/")[2], own.coverage, others={"target": level, "constant": constant[speaker].coverage},
                 note=f"± {number(own.margin, 2)}, ± {number(constant[speaker].margin, 2)} SD")
            for speaker, own in calibrated.learned.speakers.items()]
    each = Dots(Axis.around((), 0, 1), 3, "", "share", "", ("constant",), note="width, constant").table(
        rows, f"{name}: intervals by speaker", "Share of true values inside intervals of learned width; bar: nominal level.")
    yield from (whole, each)


def heat_map(table: pd.DataFrame, split: str, model: str) -> Table | None:
    """Return the Pearson of each speaker and articulator, or None if the table has none."""
    own = (table["split"] == split) & (table["model"] == model) & (table["line"] == MODEL)
    chosen = table[own & (table["metric"] == "pearson") & ~table["speaker"].isin(MEANS[1:])]
    names = ["mean", *(name for name in CHANNELS if chosen[name].notna().any())]
    rows: list[tuple[str, Sequence[float | None], str]] = []
    for corpus, part in chosen[chosen["corpus"] != "all"].groupby("corpus", sort=False):
        rows.append((str(corpus), (), "group"))
        single = len(part) == 2  # one speaker, and the mean over that speaker
        for row in part.to_dict("records")[: 1 if single else None]:
            mean = row["speaker"] == MEANS[0]
            label = f"mean {corpus}" if mean else str(row["speaker"]).partition("/")[2]
            rows.append((label, [row[name] for name in names], "strong" if mean else "inner"))
    everyone = chosen[chosen["corpus"] == "all"].to_dict("records")
    rows += [("mean of all", [row[name] for name in names], "strong") for row in everyone]
    if not rows:
        return None
    low, high = chosen[names].min().min(), chosen[names].max().max()
    seen = f"Pearson of {model} from {number(low, 2)} to {number(high, 2)}"
    note = f"{seen}; dark is 0 or less, yellow is 1; ·: no such coil."
    return heat(rows, names, f"{model}, {split}", note)
