"""Section on leave one speaker out: scores by speaker, heat map of speakers by articulators, and differences between models."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from artinv.core.channels import CHANNELS
from artinv.data.splits import SETTINGS
from artinv.evaluate.loso import MEANS
from artinv.evaluate.results import MODEL, Difference, Estimate, ModelSummary, OverSpeakers
from artinv.runtime.errors import expected_content
from artinv.show.report import predictors
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.parts import MINUS, Absent, Head, Legend, Note, Part, Section, Side, Table, count, known, number
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis
from artinv.show.results.tables import counted, narrower, tested_on

TITLE, JOB = "Leave one speaker out", "make loso"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/loso_details.json and metrics/loso.csv."""
    summary, table = sources.loso, sources.table(NAMES.loso_table)
    if summary is None:
        return Absent.missing(TITLE, NAMES.loso_details, JOB)
    parts: list[Part] = []
    with expected_content(NAMES.loso_details, JOB):
        for setting in (name for name in SETTINGS if name in summary.settings):
            for model, own in sorted(summary.settings[setting].items()):
                parts += _parts(setting, model, own)
                if table is not None:
                    with expected_content(NAMES.loso_table, JOB):
                        parts += _map(table, setting, model)
        for setting, pairs in summary.pairs.items():
            parts += _pairs(setting, pairs)
    if table is None:
        parts.append(Note(f"No map of speakers by articulators: {NAMES.loso_table} is missing; `{JOB}` makes it."))
    lead = "Each speaker is tested once and counts once, for any number of utterances. Intervals: 95 %, over speakers."
    return Section.about("speakers", TITLE, parts, summary.run.origin, lead)


def _parts(setting: str, model: str, summary: ModelSummary) -> Iterator[Part]:
    counts, scores = summary.counts, summary.predictors
    yield Head(f"{model}, {SETTINGS[setting].title}")
    speakers = count(counts.speakers, "test speaker")
    sentences = f"{counted(counts.sentences_each, 'sentence')} each"
    sentences += "" if counts.sentences is None else f", {count(counts.sentences)} distinct"
    means = {name: over.means for name, over in scores.items()}
    yield predictors.tiles(means, f"over {speakers}, {count(counts.utterances, 'utterance')}, {sentences}")
    yield predictors.tables(means, model)
    yield predictors.coils(means, model)
    if shared := summary.common_counts:
        each = f"{counted(shared.sentences_each, 'sentence')} per speaker"
        yield predictors.common({name: over.common for name, over in scores.items() if over.common}, model, shared.utterances, each)
    yield Legend(predictors.LEGEND)
    yield Side(tuple(_by_speaker(scores, model, metric) for metric in ("pearson", "rmse_mm")))
    if summary.minus:
        gains = {f"{model} {MINUS} {name}": summary.minus[name] for name in predictors.BASELINES if name in summary.minus}
        yield _differences(gains, "minus the baselines")
    more = [*_adapted(summary), *_intervals(summary)]
    if more:
        yield Side(tuple(more))


def _by_speaker(scores: Mapping[str, OverSpeakers], model: str, metric: str) -> Table:
    own, baselines = scores[MODEL], {name: scores[name] for name in predictors.baselines(metric) if name in scores}
    items = []
    for corpus in own.corpora:
        items.append(Item(corpus, None, kind="group"))
        members = [name for name in own.speakers if name.partition("/")[0] == corpus]
        items += [
            Item(name.partition("/")[2], own.speakers[name][metric], kind="inner",
                 others={other: over.speakers.get(name, {}).get(metric) for other, over in baselines.items()})
            for name in members
        ]
        if len(members) > 1:
            others = {other: over.corpora[corpus][metric].mean for other, over in baselines.items()}
            items.append(_mean(f"mean {corpus}", own.corpora[corpus][metric], others))
    if len(own.corpora) > 1:
        others = {other: over.means[metric].mean for other, over in baselines.items()}
        items.append(_mean("mean of all", own.means[metric], others))
    heading, digits, better = predictors.METRICS[metric]
    return Dots(predictors.axis(items, metric), digits, better, model, others=tuple(baselines)).table(items, heading)


def _mean(name: str, own: Estimate, others: Mapping[str, float]) -> Item:
    return Item(name, own.mean, own.low, own.high, others, kind="strong")


def _differences(gains: Mapping[str, Mapping[str, Difference]], title: str) -> Side:
    """Return tables of differences, taken per speaker."""
    tables = []
    for metric, digits, better in (("pearson", 3, "positive is better"), ("rmse_mm", 2, "negative is better")):
        items = [Item(name, gain.mean, gain.low, gain.high, note=f"{gain.better} of {gain.speakers}")
                 for name, gain in ((name, by_metric[metric]) for name, by_metric in gains.items())]
        seen = [value for item in items for value in (item.low, item.high, item.value) if known(value)]
        tables.append(Dots(Axis.around(seen, 0), digits, better, "mean", note="better for").table(
            items, f"{predictors.METRICS[metric][0]} {title}",
            "Differences are taken per speaker. An interval that contains 0 shows no clear difference."))
    return Side(tuple(tables))


def _pairs(split: str, pairs: Mapping[str, Mapping[str, Difference]]) -> Iterator[Part]:
    if pairs:
        yield Head(f"Differences between models, {split}")
        gains = {name.replace(" - ", f" {MINUS} "): pair for name, pair in pairs.items()}
        yield _differences(gains, "of one model minus the other")


def _adapted(summary: ModelSummary) -> Iterator[Table]:
    if summary.adapted:
        points = sorted(summary.adapted.items())
        gains = [(number_of, point.means["pearson"]) for number_of, point in points]
        first = points[0][1]
        items = [Item(count(number_of, "utterance"), r.mean, r.low, r.high, {"zero-shot": r.zero_shot}, note=number(r.gain.mean, 3))
                 for number_of, r in gains]
        note = ("The readout is fitted to a few utterances of the speaker; zero-shot: the unadapted model on the same test "
                f"utterances ({tested_on(first.tested_utterances, first.tested_sentences)} per speaker).")
        yield Dots(predictors.axis(items, "pearson"), 3, "adapted on", "Pearson", others=("zero-shot",), note="gain").table(
            items, "Adapted to the test speaker", note)


def _intervals(summary: ModelSummary) -> Iterator[Table]:
    if (calibrated := summary.intervals) is None:
        return
    items, level = [], calibrated.level
    for own, name in ((calibrated.learned, "learned widths"), (calibrated.constant, "constant width")):
        shares = [speaker.coverage for speaker in own.speakers.values()]
        note = f"± {number(own.margin, 2)} SD, {own.within} of {len(shares)}"
        items.append(Item(name, own.coverage, min(shares), max(shares), {"target": level}, note=note))
    if trained := summary.own_intervals:
        shares = list(trained.speakers.values())
        items.append(Item("calibrated on training speakers", trained.coverage, min(shares), max(shares), {"target": level},
                          note=f"{trained.within} of {len(shares)}"))
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "speakers", note="width, speakers within 5 points").table(
        items, f"Coverage of {level:.0%} intervals",
        "Share of true values inside the intervals; line: range over speakers; bar: nominal level. Calibrated on other speakers "
        f"that the model was not trained on. Learned widths are {narrower(calibrated)} than constant ones.")
    constant = calibrated.constant.speakers
    rows = [Item(name.partition("/")[2], own.coverage, others={"target": level, "constant": constant[name].coverage},
                 note=f"± {number(own.margin, 2)}, ± {number(constant[name].margin, 2)} SD")
            for name, own in calibrated.learned.speakers.items()]
    yield Dots(Axis.around((), 0, 1), 3, "", "share", "", ("constant",), note="width, constant").table(
        rows, "Coverage of intervals by speaker", "Share of true values inside intervals of learned width; bar: nominal level.")


def _map(table: pd.DataFrame, split: str, model: str) -> Iterator[Table]:
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
    if rows:
        low, high = chosen[names].min().min(), chosen[names].max().max()
        seen = f"Pearson of {model} from {number(low, 2)} to {number(high, 2)}"
        note = f"{seen}; dark is 0 or less, yellow is 1; ·: no such coil."
        yield heat(rows, names, "Speakers by articulators", note)
