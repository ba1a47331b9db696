"""How well phones are told apart: errors in percent within and across speakers, by what is compared."""

from artinv.abx.report import DETAILS, MODES, AbxScores
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import Absent, Section, Side, known
from artinv.show.report.sources import Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Telling phones apart (ABX)", "make abx"


def section(sources: Sources) -> Section | Absent:
    """Of metrics/abx_details.json: the contrasts that the headline counts."""
    scores = sources.result(AbxScores, DETAILS, JOB)
    if scores is None:
        return Absent.file(TITLE, DETAILS, JOB)
    errors, tables = scores.errors[scores.run.contrasts], []
    for mode in MODES:
        items = [Item(name, modes[mode]) for name, modes in errors.items()]
        seen = [item.value for item in items if known(item.value)]
        dots = Dots(Axis.around(seen, 0, 50), 1, "lower is better", "error %", "")
        tables.append(dots.table(items, f"{mode} speakers"))
    lead = "Share of triples in which X lies nearer to B, another phone, than to A, its own. 50 % is guessing."
    return Section.about("abx", TITLE, [Side(tuple(tables))], scores.run.origin, lead)
