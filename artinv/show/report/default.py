"""Section with the figures of the default run and its baselines."""

from artinv.evaluate.results import FoldScores
from artinv.runtime.errors import expected_content
from artinv.show.report import predictors
from artinv.show.report.parts import Absent, Fold, Note, Part, Section, Table, count, seed_of
from artinv.show.report.sources import NAMES, Sources
from artinv.show.results.tables import counted

TITLE, JOB = "The default experiment", "make repro"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/details.json."""
    fold = sources.fold
    if fold is None:
        return Absent.missing(TITLE, NAMES.details, JOB)
    with expected_content(NAMES.details, JOB):
        model = fold.run.model
        means = {name: scores.means for name, scores in fold.predictors.items()}
        named = {model if name == "model" else predictors.NAMES[name]: own for name, own in means.items()}
        more = [predictors.figures(named, "Other averages", shown=predictors.MAIN), *_common(fold, model)]
        parts: list[Part] = [predictors.charts(means, model), Fold("Other averages", more)]
        if fold.counts.constant:
            what = "an articulator did not move in an utterance: Pearson is undefined and left out"
            parts.append(Note(f"{count(fold.counts.constant, 'time')} {what}."))
        return Section.about("result", TITLE, parts, fold.run.origin, f"Averages over articulators and {tested(fold)}.")


def tested(fold: FoldScores) -> str:
    """Return what the default run was tested on, and its seed."""
    counts = fold.counts
    facts = (f"{count(counts.utterances, 'test utterance')} of {fold.run.test_speaker}", count(counts.sentences, "sentence"),
             seed_of(fold.run.made_by))
    return ", ".join(filter(None, facts))


def _common(fold: FoldScores, model: str) -> list[Table]:
    """Return the figures on the test part of the test speaker, unless the whole test set is that part."""
    if fold.common is None or fold.common.tested.utterances == fold.counts.utterances:
        return []
    named = {model if name == "model" else predictors.NAMES[name]: own for name, own in fold.common.predictors.items()}
    amount = fold.common.tested
    note = f"{count(amount.utterances, 'utterance')}, {counted(amount.sentences, 'sentence')}; {predictors.COMMON}"
    return [predictors.figures(named, "On the test part alone", note)]
