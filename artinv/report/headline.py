"""The figures of the default run, beside what any model must beat."""

from artinv.errors import believed
from artinv.evaluate import DETAILS
from artinv.report import lines
from artinv.report.parts import Absent, Note, Section, count
from artinv.report.sources import Sources

TITLE, JOB = "Result", "make repro"


def section(sources: Sources) -> Section | Absent:
    """Of metrics/details.json."""
    details = sources.json(DETAILS)
    if details is None:
        return Absent.file(TITLE, DETAILS, JOB)
    with believed(DETAILS, JOB):
        run, number_of = details["run"], details["counts"]["utterances"]
        over, still = f"over {count(number_of, 'test utterance')}", details["counts"]["constant"]
        parts = [lines.tiles(details, over), lines.tables(details, str(run["model"]))]
        if still:
            what = "an articulator stood still through an utterance: no Pearson there, left out"
            parts.append(Note(f"{count(still, 'time')} {what}."))
        return Section.about("result", TITLE, parts, run,
                             "Averages over test utterances and articulators, beside what any model must beat.")
