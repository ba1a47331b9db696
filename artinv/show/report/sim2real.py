"""Section on the universal model: trained on synthetic speakers, tested on other synthetic speakers and on real recordings."""

from collections.abc import Mapping

from artinv.core.channels import CHANNELS
from artinv.evaluate.scores import origin_label
from artinv.evaluate.sim2real import LABELS, RECOGNIZED, SOURCES, TIMED, WORDS, CorrelationGroup, Sim2RealScores
from artinv.phones.evidence import ACOUSTICS
from artinv.runtime.errors import expected_content
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.parts import Absent, Column, Fold, Note, Part, Row, Section, Side, Table, number, seed_of
from artinv.show.report.predictors import axis
from artinv.show.report.sources import NAMES, Sources

TITLE, JOB = "From synthetic speakers to real ones", "make sim2real"
REAL_JOB = "make real"
KINDS = {"real": ("REAL recordings", "recording"), "synthetic": ("SYNTHETIC speakers not used in training", "speaker")}
"""Title, and noun of one row, by kind."""

KNOWN = {ACOUSTICS: "the sound alone", RECOGNIZED: "phones recognized", TIMED: "phones known", WORDS: "words known",
         LABELS: "phones labelled"}
"""What is known of a recording."""


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/sim2real_details.json and, if it exists, metrics/real_details.json."""
    path, real_path = NAMES.sim2real_details, NAMES.real_details
    scores, real = sources.result(Sim2RealScores, path, JOB), sources.result(Sim2RealScores, real_path, REAL_JOB)
    if scores is None:
        return Absent.missing(TITLE, path, JOB)
    charts, each, maps = [], [], []
    for kind, content, file, job in (("real", real, real_path, REAL_JOB), ("synthetic", scores, path, JOB)):
        if content is not None:
            with expected_content(file, job):
                group = content.groups[kind]
                by_source = content.by_source or {ACOUSTICS: group}
                charts.append(_by_source(kind, group, by_source))
                each.append(_each(kind, by_source))
                main = next((source for source, own in by_source.items() if own == group), ACOUSTICS)
                maps.append(_map(kind, group, KNOWN[main]))
    parts: list[Part] = [Side(tuple(charts)), Fold("Recordings and speakers", each), Fold("Coil positions", maps)]
    if real is None:
        parts.insert(0, Note(f"No real recordings: put or link some in {NAMES.real}, then run `{REAL_JOB}`."))
    seed = seed_of(scores.made_by)
    lead = f"Pearson of the coil positions; the model is trained on synthetic speakers only{f', {seed}' if seed else ''}."
    return Section("sim2real", TITLE, tuple(parts), lead, f"trained on {origin_label(scores.trained_on)}")


def _by_source(kind: str, group: CorrelationGroup, by_source: Mapping[str, CorrelationGroup]) -> Table:
    """Return the mean Pearson by what is known of a recording."""
    order = [*(source for source in SOURCES if source in by_source), *(source for source in by_source if source not in SOURCES)]
    items = [Item(KNOWN.get(source, source), by_source[source].pearson) for source in order]
    return Dots(axis(items, "pearson"), 3, "known", "Pearson", interval="").table(items, f"{KINDS[kind][0]}, n = {len(group.of)}")


def _each(kind: str, by_source: Mapping[str, CorrelationGroup]) -> Table:
    """Return the Pearson of each recording or speaker by what is known."""
    columns = (Column(KINDS[kind][1], "text"), *(Column(KNOWN.get(source, source)) for source in by_source))
    names = list(dict.fromkeys(name for group in by_source.values() for name in group.of))
    rows = [Row((name, *(number(group.of[name].pearson if name in group.of else None, 3) for group in by_source.values())))
            for name in names]
    rows.append(Row(("mean", *(number(group.pearson, 3) for group in by_source.values())), "strong"))
    return Table(columns, tuple(rows), KINDS[kind][0])


def _map(kind: str, group: CorrelationGroup, known: str) -> Table:
    rows = [*((name, scores, "") for name, scores in group.of.items()), ("mean", group, "strong")]
    names = [name for name in CHANNELS if any(name in scores.channels for _, scores, _ in rows)]
    cells = [(name, [scores.pearson, *map(scores.channels.get, names)], style) for name, scores, style in rows]
    return heat(cells, ["mean", *names], f"{KINDS[kind][0]} by position, {known}", "·: no such coil.")
