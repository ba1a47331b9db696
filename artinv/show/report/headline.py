"""Section with the main figures of the default run and its baselines."""

from artinv.runtime.errors import expected_content
from artinv.show.report import predictors
from artinv.show.report.parts import Absent, Note, Part, Section, count
from artinv.show.report.sources import NAMES, Sources
from artinv.show.results.tables import counted

TITLE, JOB = "Result", "make repro"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/details.json."""
    fold = sources.fold
    if fold is None:
        return Absent.missing(TITLE, NAMES.details, JOB)
    with expected_content(NAMES.details, JOB):
        model, counts = fold.run.model, fold.counts
        means = {name: scores.means for name, scores in fold.predictors.items()}
        over = f"over {count(counts.utterances, 'test utterance')}, {count(counts.sentences, 'sentence')}"
        parts: list[Part] = [predictors.tiles(means, over), predictors.tables(means, model), predictors.coils(means, model)]
        if fold.common:
            tested = fold.common.tested
            parts.append(predictors.common(fold.common.predictors, model, tested.utterances, counted(tested.sentences, "sentence")))
        if counts.constant:
            what = "an articulator did not move in an utterance: Pearson is undefined and left out"
            parts.append(Note(f"{count(counts.constant, 'time')} {what}."))
        return Section.about("result", TITLE, parts, fold.run.origin,
                             "Averages over test utterances and articulators, with two baselines.")
