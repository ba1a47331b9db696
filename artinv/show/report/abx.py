"""Section on ABX phone discrimination: errors in percent within and across speakers, by representation."""

from artinv.abx.report import CIRCULAR, MODES, AbxScores
from artinv.evaluate.scores import origin_label
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import Absent, Section, Side, count, known
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Phone discrimination (ABX)", "make abx"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/abx_details.json, for the contrasts of the headline."""
    scores = sources.result(AbxScores, NAMES.abx_details, JOB)
    if scores is None:
        return Absent.missing(TITLE, NAMES.abx_details, JOB)
    errors, tables = scores.errors[scores.run.contrasts], []
    for mode in MODES:
        items = [Item(name, modes[mode]) for name, modes in errors.items()]
        seen = [item.value for item in items if known(item.value)]
        dots = Dots(Axis.around(seen, 0, 50), 1, "lower is better", "error %", "")
        tables.append(dots.table(items, f"{mode} speakers"))
    run, counts = scores.run, scores.counts
    lead = ("Share of triples in which X is closer to B, another phone, than to A, the same phone. 50 % is chance level. "
            f"{count(counts.speakers, 'speaker')}, {count(counts.utterances, 'utterance')}, {count(counts.tokens, 'phone')}, "
            f"model {run.model}, seed {run.seed}.")
    if run.phones:
        lead += f" {CIRCULAR[0].upper()}{CIRCULAR[1:]}."
    return Section("abx", TITLE, [Side(tuple(tables))], lead, origin_label(run.origin, run.phones))
