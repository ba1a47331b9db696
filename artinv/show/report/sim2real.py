"""Section on the universal model: trained on synthetic speakers, tested on other synthetic speakers and on real recordings."""

from artinv.core.channels import CHANNELS
from artinv.evaluate.sim2real import CorrelationGroup, Sim2RealScores
from artinv.runtime.errors import expected_content
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.parts import Absent, Note, Part, Section, Side, Table
from artinv.show.report.predictors import axis
from artinv.show.report.sources import NAMES, Sources

TITLE, JOB = "From synthetic speakers to real ones", "make sim2real"
REAL_JOB = "make real"
KINDS = {"real": "REAL recordings", "synthetic": "SYNTHETIC speakers not used in training"}


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/sim2real_details.json and, if it exists, metrics/real_details.json."""
    path, real_path = NAMES.sim2real_details, NAMES.real_details
    scores, real = sources.result(Sim2RealScores, path, JOB), sources.result(Sim2RealScores, real_path, REAL_JOB)
    if scores is None:
        return Absent.missing(TITLE, path, JOB)
    charts, maps = [], []
    for kind, content, file, job in (("real", real, real_path, REAL_JOB), ("synthetic", scores, path, JOB)):
        if content is not None:
            with expected_content(file, job):
                group = content.groups[kind]
                charts.append(_each(kind, group))
                maps.append(_map(kind, group))
    parts: list[Part] = [Side(tuple(charts)), *maps]
    if real is None:
        parts.insert(0, Note(f"No real recordings: put or link some in {NAMES.real}, then run `{REAL_JOB}`."))
    lead = "Pearson of the coil positions; the model is trained on synthetic speakers only."
    return Section("sim2real", TITLE, tuple(parts), lead, "trained on SYNTHETIC data")


def _each(kind: str, group: CorrelationGroup) -> Table:
    items = [Item(name, scores.pearson) for name, scores in group.of.items()]
    items.append(Item("mean", group.pearson, kind="strong"))
    return Dots(axis(items, "pearson"), 3, "", "Pearson", interval="").table(items, KINDS[kind])


def _map(kind: str, group: CorrelationGroup) -> Table:
    rows = [*((name, scores, "") for name, scores in group.of.items()), ("mean", group, "strong")]
    names = [name for name in CHANNELS if any(name in scores.channels for _, scores, _ in rows)]
    cells = [(name, [scores.pearson, *map(scores.channels.get, names)], style) for name, scores, style in rows]
    return heat(cells, ["mean", *names], f"{KINDS[kind]} by position", "·: no such coil.")
