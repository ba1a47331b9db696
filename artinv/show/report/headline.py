"""The figures of the default run, beside what any model must beat."""

from artinv.evaluate.scores import COMMON, DETAILS
from artinv.runtime.errors import believed
from artinv.show.report import lines
from artinv.show.report.parts import Absent, Note, Section, count
from artinv.show.report.sources import Sources

TITLE, JOB = "Result", "make repro"


def section(sources: Sources) -> Section | Absent:
    """Of metrics/details.json."""
    details = sources.json(DETAILS)
    if details is None:
        return Absent.file(TITLE, DETAILS, JOB)
    with believed(DETAILS, JOB):
        run, number_of = details["run"], details["counts"]["utterances"]
        sentences, still = count(details["counts"]["sentences"], "sentence"), details["counts"]["constant"]
        model, over = str(run["model"]), f"over {count(number_of, 'test utterance')}, {sentences}"
        parts = [lines.tiles(details, over), lines.tables(details, model), lines.coils(details, model)]
        parts += [lines.common(details, model)] if COMMON in details else []
        if still:
            what = "an articulator stood still through an utterance: no Pearson there, left out"
            parts.append(Note(f"{count(still, 'time')} {what}."))
        return Section.about("result", TITLE, parts, run,
                             "Averages over test utterances and articulators, beside what any model must beat.")
