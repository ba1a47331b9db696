"""The figures of the default run, beside what any model must beat."""

from artinv.evaluate.scores import DETAILS
from artinv.runtime.errors import believed
from artinv.show.report import lines
from artinv.show.report.parts import Absent, Note, Part, Section, count
from artinv.show.report.sources import Sources
from artinv.show.results.tables import counted

TITLE, JOB = "Result", "make repro"


def section(sources: Sources) -> Section | Absent:
    """Of metrics/details.json."""
    fold = sources.fold
    if fold is None:
        return Absent.file(TITLE, DETAILS, JOB)
    with believed(DETAILS, JOB):
        model, counts = fold.run.model, fold.counts
        means = {name: scores.means for name, scores in fold.predictors.items()}
        over = f"over {count(counts.utterances, 'test utterance')}, {count(counts.sentences, 'sentence')}"
        parts: list[Part] = [lines.tiles(means, over), lines.tables(means, model), lines.coils(means, model)]
        if fold.common:
            tested = fold.common.tested
            parts.append(lines.common(fold.common.predictors, model, tested.utterances, counted(tested.sentences, "sentence")))
        if counts.constant:
            what = "an articulator stood still through an utterance: no Pearson there, left out"
            parts.append(Note(f"{count(counts.constant, 'time')} {what}."))
        return Section.about("result", TITLE, parts, fold.run.origin,
                             "Averages over test utterances and articulators, beside what any model must beat.")
