"""Leave one speaker out: test speakers, the map of speakers by articulators, and models against each other."""

from collections.abc import Iterator, Mapping

import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.evaluate.loso import CSV, DETAILS, MEANS
from artinv.evaluate.scores import COMMON, MODEL
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
    summary, table = sources.json(DETAILS), sources.table(CSV)
    if summary is None:
        return Absent.file(TITLE, DETAILS, JOB)
    parts: list[Part] = []
    with believed(DETAILS, JOB):
        run, blocks = summary["run"], _blocks(summary)
        for split, model, block in blocks:
            parts += _parts(split, model, block)
            if table is not None:
                with believed(CSV, JOB):
                    parts += _map(table, split, model)
        for split, pairs in summary["pairs"].items():
            parts += _pairs(split, pairs)
    if table is None:
        parts.append(Note(f"No map of speakers by articulators: {CSV} is not there; `{JOB}` makes it."))
    lead = "Each speaker is tested once and counts once, whatever the number of utterances. Intervals: 95 %, over speakers."
    return Section.about("speakers", TITLE, parts, run, lead)


def _blocks(summary: Mapping) -> list[tuple[str, str, Mapping]]:
    return [(split, model, summary[split][model]) for split in SETTINGS if split in summary for model in sorted(summary[split])]


def _parts(split: str, model: str, block: Mapping) -> Iterator[Part]:
    counts = block["counts"]
    yield Head(f"{model}, {SETTINGS[split]}")
    speakers = count(counts["speakers"], "test speaker")
    sentences = f"{counted(counts['sentences_each'], 'sentence')} each"
    sentences += f", {count(counts['sentences'])} distinct" if "sentences" in counts else ""
    yield lines.tiles(block, f"over {speakers}, {count(counts['utterances'], 'utterance')}, {sentences}")
    yield lines.tables(block, model)
    yield lines.coils(block, model)
    if COMMON in block:
        yield lines.common(block, model)
    yield Legend(lines.LEGEND)
    yield Side(tuple(_by_speaker(block, model, metric) for metric in ("pearson", "rmse_mm")))
    gains = {f"{model} {MINUS} {line}": block[f"minus_{line}"] for line in lines.OTHERS if f"minus_{line}" in block}
    if gains:
        yield _against(gains, "against the baselines")
    more = [*_adapted(block), *_held(block)]
    if more:
        yield Side(tuple(more))


def _by_speaker(block: Mapping, model: str, metric: str) -> Table:
    found = [line for line in lines.beside(metric) if line in block]
    items = []
    for corpus in block["corpora"]:
        items.append(Item(corpus, None, kind="group"))
        items += [
            Item(name.partition("/")[2], one[metric], kind="inner",
                 others={line: block[line]["speakers"].get(name, {}).get(metric) for line in found})
            for name, one in block["speakers"].items() if name.partition("/")[0] == corpus
        ]
        if sum(name.partition("/")[0] == corpus for name in block["speakers"]) > 1:
            others = {line: block[line]["corpora"][corpus] for line in found}
            items.append(_mean(f"mean {corpus}", block["corpora"][corpus], others, metric))
    if len(block["corpora"]) > 1:
        items.append(_mean("mean of all", block, {line: block[line] for line in found}, metric))
    heading, digits, better = lines.METRICS[metric]
    return Dots(lines.axis(items, metric), digits, better, model, others=tuple(found)).table(items, heading)


def _mean(name: str, own: Mapping, others: Mapping[str, Mapping], metric: str) -> Item:
    means = own[metric]
    return Item(name, means["mean"], means["low"], means["high"], {line: one[metric]["mean"] for line, one in others.items()},
                kind="strong")


def _against(gains: Mapping[str, Mapping], title: str) -> Side:
    """Differences taken speaker by speaker, by name."""
    tables = []
    for metric, digits, better in (("pearson", 3, "right of 0 is better"), ("rmse_mm", 2, "left of 0 is better")):
        items = [Item(name, one["mean"], one["low"], one["high"], note=f"{one['better']} of {one['speakers']}")
                 for name, one in ((name, gain[metric]) for name, gain in gains.items())]
        seen = [value for item in items for value in (item.low, item.high, item.value) if known(value)]
        tables.append(Dots(Axis.around(seen, 0), digits, better, "mean", note="better for").table(
            items, f"{lines.METRICS[metric][0]} {title}", "Speaker by speaker; an interval that crosses 0 tells nothing apart."))
    return Side(tuple(tables))


def _pairs(split: str, pairs: Mapping) -> Iterator[Part]:
    if pairs:
        yield Head(f"Models against each other, {split}")
        yield _against({name.replace(" - ", f" {MINUS} "): pair for name, pair in pairs.items()}, "of one model minus another's")


def _adapted(block: Mapping) -> Iterator[Table]:
    if "adapted" in block:
        points = sorted(block["adapted"].items(), key=lambda point: int(point[0]))
        items = [Item(count(int(at), "utterance"), one["pearson"]["mean"], one["pearson"]["low"], one["pearson"]["high"],
                      {"zero-shot": one["pearson"]["zero_shot"]}, note=number(one["pearson"]["gain"]["mean"], 3))
                 for at, one in points]
        note = ("The readout is fitted to a few of the speaker's own utterances; zero-shot: the model as it is on the same test "
                f"utterances ({on(points[0][1])} a speaker).")
        yield Dots(lines.axis(items, "pearson"), 3, "known of the speaker", "Pearson", others=("zero-shot",), note="gain").table(
            items, "Adapted to the test speaker", note)


def _held(block: Mapping) -> Iterator[Table]:
    if "intervals" not in block:
        return
    found, level = block["intervals"], block["intervals"]["level"]
    items = []
    for kind, name in (("learned", "learned widths"), ("constant", "one width for all frames")):
        shares = [one["coverage"] for one in found[kind]["speakers"].values()]
        note = f"± {number(found[kind]['margin'], 2)} SD, {found[kind]['within']} of {len(shares)}"
        items.append(Item(name, found[kind]["coverage"], min(shares), max(shares), {"target": level}, note=note))
    if "own_intervals" in block:
        own = block["own_intervals"]
        shares = list(own["speakers"].values())
        items.append(Item("calibrated on speakers learned from", own["coverage"], min(shares), max(shares), {"target": level},
                          note=f"{own['within']} of {len(shares)}"))
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "speakers", note="width, speakers within 5 points").table(
        items, f"Intervals that are to hold {level:.0%}",
        "Share of true values inside; line: from the worst served speaker to the best; bar: the promise. Calibrated on speakers "
        f"who are strangers to the model, as the test speaker is. Learned widths are {narrower(found)} than constant ones.")
    constant = found["constant"]["speakers"]
    rows = [Item(name.partition("/")[2], one["coverage"], others={"target": level, "constant": constant[name]["coverage"]},
                 note=f"± {number(one['margin'], 2)}, ± {number(constant[name]['margin'], 2)} SD")
            for name, one in found["learned"]["speakers"].items()]
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "", ("constant",), note="width, constant").table(
        rows, "How intervals hold, speaker by speaker", "Share of true values inside the learned widths; bar: the promise.")


def _map(table: pd.DataFrame, split: str, model: str) -> Iterator[Table]:
    own = (table["split"] == split) & (table["model"] == model) & (table["line"] == MODEL)
    chosen = table[own & (table["metric"] == "pearson") & ~table["speaker"].isin(MEANS[1:])]
    names = ["mean", *(name for name in CHANNELS if chosen[name].notna().any())]
    rows = []
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
