"""Leave one speaker out: test speakers, the map of speakers by articulators, and models against each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.evaluate.loso import CSV, DETAILS, MEANS
from artinv.evaluate.results import MODEL, Difference, Estimate, ModelSummary, OverSpeakers
from artinv.runtime.errors import believed
from artinv.show.report import lines
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.parts import MINUS, Absent, Head, Legend, Note, Part, Section, Side, Table, count, known, number
from artinv.show.report.run import SETTINGS
from artinv.show.report.sources import Sources
from artinv.show.report.svg import Axis
from artinv.show.results.tables import counted, narrower, on

TITLE, JOB = "Leave one speaker out", "make loso"


def section(sources: Sources) -> Section | Absent:
    """Of metrics/loso_details.json, and the map of metrics/loso.csv."""
    summary, table = sources.loso, sources.table(CSV)
    if summary is None:
        return Absent.file(TITLE, DETAILS, JOB)
    parts: list[Part] = []
    with believed(DETAILS, JOB):
        for setting in (name for name in SETTINGS if name in summary.settings):
            for model, own in sorted(summary.settings[setting].items()):
                parts += _parts(setting, model, own)
                if table is not None:
                    with believed(CSV, JOB):
                        parts += _map(table, setting, model)
        for setting, pairs in summary.pairs.items():
            parts += _pairs(setting, pairs)
    if table is None:
        parts.append(Note(f"No map of speakers by articulators: {CSV} is not there; `{JOB}` makes it."))
    lead = "Each speaker is tested once and counts once, whatever the number of utterances. Intervals: 95 %, over speakers."
    return Section.about("speakers", TITLE, parts, summary.run.origin, lead)


def _parts(setting: str, model: str, summary: ModelSummary) -> Iterator[Part]:
    counts, predictors = summary.counts, summary.predictors
    yield Head(f"{model}, {SETTINGS[setting]}")
    speakers = count(cast("int", counts.speakers), "test speaker")  # the counts of a summary, unlike common ones, name them
    sentences = f"{counted(counts.sentences_each, 'sentence')} each"
    sentences += "" if counts.sentences is None else f", {count(counts.sentences)} distinct"
    means = {name: over.means for name, over in predictors.items()}
    yield lines.tiles(means, f"over {speakers}, {count(counts.utterances, 'utterance')}, {sentences}")
    yield lines.tables(means, model)
    yield lines.coils(means, model)
    if shared := summary.common_counts:
        each = f"{counted(shared.sentences_each, 'sentence')} a speaker"
        yield lines.common({name: over.common for name, over in predictors.items() if over.common}, model, shared.utterances, each)
    yield Legend(lines.LEGEND)
    yield Side(tuple(_by_speaker(predictors, model, metric) for metric in ("pearson", "rmse_mm")))
    if summary.minus:
        gains = {f"{model} {MINUS} {name}": summary.minus[name] for name in lines.OTHERS if name in summary.minus}
        yield _against(gains, "against the baselines")
    more = [*_adapted(summary), *_held(summary)]
    if more:
        yield Side(tuple(more))


def _by_speaker(predictors: Mapping[str, OverSpeakers], model: str, metric: str) -> Table:
    own, beside = predictors[MODEL], {name: predictors[name] for name in lines.beside(metric) if name in predictors}
    items = []
    for corpus in own.corpora:
        items.append(Item(corpus, None, kind="group"))
        members = [name for name in own.speakers if name.partition("/")[0] == corpus]
        items += [
            Item(name.partition("/")[2], own.speakers[name][metric], kind="inner",
                 others={other: over.speakers.get(name, {}).get(metric) for other, over in beside.items()})
            for name in members
        ]
        if len(members) > 1:
            others = {other: over.corpora[corpus][metric].mean for other, over in beside.items()}
            items.append(_mean(f"mean {corpus}", own.corpora[corpus][metric], others))
    if len(own.corpora) > 1:
        items.append(_mean("mean of all", own.means[metric], {other: over.means[metric].mean for other, over in beside.items()}))
    heading, digits, better = lines.METRICS[metric]
    return Dots(lines.axis(items, metric), digits, better, model, others=tuple(beside)).table(items, heading)


def _mean(name: str, own: Estimate, others: Mapping[str, float]) -> Item:
    return Item(name, own.mean, own.low, own.high, others, kind="strong")


def _against(gains: Mapping[str, Mapping[str, Difference]], title: str) -> Side:
    """Differences taken speaker by speaker, by name."""
    tables = []
    for metric, digits, better in (("pearson", 3, "right of 0 is better"), ("rmse_mm", 2, "left of 0 is better")):
        items = [Item(name, one.mean, one.low, one.high, note=f"{one.better} of {one.speakers}")
                 for name, one in ((name, gain[metric]) for name, gain in gains.items())]
        seen = [value for item in items for value in (item.low, item.high, item.value) if known(value)]
        tables.append(Dots(Axis.around(seen, 0), digits, better, "mean", note="better for").table(
            items, f"{lines.METRICS[metric][0]} {title}", "Speaker by speaker; an interval that crosses 0 tells nothing apart."))
    return Side(tuple(tables))


def _pairs(split: str, pairs: Mapping[str, Mapping[str, Difference]]) -> Iterator[Part]:
    if pairs:
        yield Head(f"Models against each other, {split}")
        yield _against({name.replace(" - ", f" {MINUS} "): pair for name, pair in pairs.items()}, "of one model minus another's")


def _adapted(summary: ModelSummary) -> Iterator[Table]:
    if summary.adapted:
        points = sorted(summary.adapted.items())
        gains = [(number_of, point.means["pearson"]) for number_of, point in points]
        first = points[0][1]
        items = [Item(count(number_of, "utterance"), r.mean, r.low, r.high, {"zero-shot": r.zero_shot}, note=number(r.gain.mean, 3))
                 for number_of, r in gains]
        note = ("The readout is fitted to a few of the speaker's own utterances; zero-shot: the model as it is on the same test "
                f"utterances ({on(first.tested_utterances, first.tested_sentences)} a speaker).")
        yield Dots(lines.axis(items, "pearson"), 3, "known of the speaker", "Pearson", others=("zero-shot",), note="gain").table(
            items, "Adapted to the test speaker", note)


def _held(summary: ModelSummary) -> Iterator[Table]:
    if (held := summary.intervals) is None:
        return
    items, level = [], held.level
    for own, name in ((held.learned, "learned widths"), (held.constant, "one width for all frames")):
        shares = [speaker.coverage for speaker in own.speakers.values()]
        note = f"± {number(own.margin, 2)} SD, {own.within} of {len(shares)}"
        items.append(Item(name, own.coverage, min(shares), max(shares), {"target": level}, note=note))
    if learned := summary.own_intervals:
        shares = list(learned.speakers.values())
        items.append(Item("calibrated on speakers learned from", learned.coverage, min(shares), max(shares), {"target": level},
                          note=f"{learned.within} of {len(shares)}"))
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "speakers", note="width, speakers within 5 points").table(
        items, f"Intervals that are to hold {level:.0%}",
        "Share of true values inside; line: from the worst served speaker to the best; bar: the promise. Calibrated on speakers "
        f"who are strangers to the model, as the test speaker is. Learned widths are {narrower(held)} than constant ones.")
    constant = held.constant.speakers
    rows = [Item(name.partition("/")[2], own.coverage, others={"target": level, "constant": constant[name].coverage},
                 note=f"± {number(own.margin, 2)}, ± {number(constant[name].margin, 2)} SD")
            for name, own in held.learned.speakers.items()]
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "", ("constant",), note="width, constant").table(
        rows, "How intervals hold, speaker by speaker", "Share of true values inside the learned widths; bar: the promise.")


def _map(table: pd.DataFrame, split: str, model: str) -> Iterator[Table]:
    own = (table["split"] == split) & (table["model"] == model) & (table["line"] == MODEL)
    chosen = table[own & (table["metric"] == "pearson") & ~table["speaker"].isin(MEANS[1:])]
    names = ["mean", *(name for name in CHANNELS if chosen[name].notna().any())]
    rows: list[tuple[str, Sequence[float | None], str]] = []
    for corpus, part in chosen[chosen["corpus"] != "all"].groupby("corpus", sort=False):
        rows.append((str(corpus), (), "group"))
        lone = len(part) == 2  # a speaker and the mean over that speaker
        for row in part.to_dict("records")[: 1 if lone else None]:
            mean = row["speaker"] == MEANS[0]
            label = f"mean {corpus}" if mean else str(row["speaker"]).partition("/")[2]
            rows.append((label, [row[name] for name in names], "strong" if mean else "inner"))
    everyone = chosen[chosen["corpus"] == "all"].to_dict("records")
    rows += [("mean of all", [row[name] for name in names], "strong") for row in everyone]
    if rows:
        low, high = chosen[names].min().min(), chosen[names].max().max()
        seen = f"Pearson of {model} from {number(low, 2)} to {number(high, 2)}"
        note = f"{seen}; dark is 0 or less, yellow is 1; ·: the speaker has no such coil."
        yield heat(rows, names, "Speakers by articulators", note)
