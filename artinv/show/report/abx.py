"""How well phones are told apart: errors in percent by line, within and across speakers."""

from collections.abc import Iterator, Mapping

from artinv.runtime.errors import believed
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import Absent, Facts, Part, Section, Side, known
from artinv.show.report.sources import Sources, flat
from artinv.show.report.svg import Axis

TITLE, JOB, PATH = "Telling phones apart (ABX)", "make abx", "metrics/abx.json"
TASKS = ("within", "across")


def section(sources: Sources) -> Section | Absent:
    """Of metrics/abx.json: any nesting of lines whose tasks are a percentage, or one with its interval."""
    content = sources.json(PATH)
    if content is None:
        return Absent.file(TITLE, PATH, JOB)
    with believed(PATH, JOB):
        lines = dict(_lines(content))
        parts: list[Part] = []
        tables = []
        for task in TASKS:
            items = [_item(name, one[task]) for name, one in lines.items() if task in one]
            seen = [value for item in items for value in (item.value, item.low, item.high) if known(value)]
            interval = "95 %" if any(known(item.low) for item in items) else ""
            if items:
                dots = Dots(Axis.around(seen, 0, 50), 1, "lower is better", "error %", interval)
                tables.append(dots.table(items, f"{task} speakers"))
        parts.append(Side(tuple(tables)))
        rest = [(name.rpartition(".")[2], str(value)) for name, value in flat(content).items()
                if "." in name and name.rpartition(".")[0] not in lines]
        parts += [Facts(tuple(rest), "Counts", "fine")] if rest else []
        lead = "Share of triples in which X lies nearer to B, another phone, than to A, its own. 50 % is guessing."
        if "contrasts" in content:
            lead = f"{lead} Contrasts that count: {content['contrasts']}."
        return Section.about("abx", TITLE, parts, content.get("run", content), lead)


def _lines(content: Mapping, stem: str = "") -> Iterator[tuple[str, Mapping]]:
    """Every mapping that holds a task, by the names on the way to it."""
    for name, one in content.items():
        if isinstance(one, Mapping):
            if any(task in one for task in TASKS):
                yield f"{stem}{name}", one
            else:
                yield from _lines(one, f"{stem}{name}.")


def _item(name: str, figure: object) -> Item:
    if isinstance(figure, Mapping):
        return Item(name, figure["mean"], figure.get("low"), figure.get("high"))
    return Item(name, figure)
