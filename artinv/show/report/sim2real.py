"""A model that has heard synthetic speakers only, tried on others and on real recordings."""

from collections.abc import Mapping

from artinv.core.channels import CHANNELS
from artinv.runtime.errors import believed
from artinv.show.report.charts import Dots, Item, heat
from artinv.show.report.lines import axis
from artinv.show.report.parts import Absent, Note, Part, Section, Side, Table
from artinv.show.report.sources import Sources

TITLE, JOB, PATH = "From synthetic speakers to real ones", "make sim2real", "metrics/sim2real_details.json"
REAL_JOB, REAL_PATH = "make real", "metrics/real_details.json"
KINDS = {"real": "REAL recordings", "synthetic": "SYNTHETIC speakers whom training has not heard"}


def section(sources: Sources) -> Section | Absent:
    """Of metrics/sim2real_details.json and, where there are real recordings, metrics/real_details.json."""
    scores, real = sources.json(PATH), sources.json(REAL_PATH)
    if scores is None:
        return Absent.file(TITLE, PATH, JOB)
    charts, maps = [], []
    for kind, content, path, job in (("real", real, REAL_PATH, REAL_JOB), ("synthetic", scores, PATH, JOB)):
        if content is not None:
            with believed(path, job):
                charts.append(_each(kind, content[kind]))
                maps.append(_map(kind, content[kind]))
    parts: list[Part] = [Side(tuple(charts)), *maps]
    if real is None:
        parts.insert(0, Note(f"No real recordings: put or link some under data/real, then `{REAL_JOB}`."))
    lead = "Pearson of the coils' positions; the model has heard synthetic speakers only."
    return Section("sim2real", TITLE, tuple(parts), lead, "trained on SYNTHETIC data")


def _each(kind: str, one: Mapping) -> Table:
    items = [Item(name, row["pearson"]) for name, row in one["of"].items()]
    items.append(Item("mean", one["pearson"], kind="strong"))
    return Dots(axis(items, "pearson"), 3, "", "Pearson", interval="").table(items, KINDS[kind])


def _map(kind: str, one: Mapping) -> Table:
    rows = [*((name, row, "") for name, row in one["of"].items()), ("mean", one, "strong")]
    names = [name for name in CHANNELS if any(name in row["channels"] for _, row, _ in rows)]
    made = [(name, [row["pearson"], *(row["channels"].get(channel) for channel in names)], style) for name, row, style in rows]
    return heat(made, ["mean", *names], f"{KINDS[kind]} by position", "·: there is no such coil.")
