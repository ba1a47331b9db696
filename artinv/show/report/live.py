"""Section on the live model: its short look-ahead against whole sentences, on synthetic speakers and on real recordings."""

from artinv.live.results import KINDS, TITLES, LiveScores
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import expected_content
from artinv.show.report.parts import Absent, Column, Fold, Note, Part, Row, Section, Table, count, number
from artinv.show.report.sources import Sources

TITLE, JOB, REAL_JOB = "The live model", "make live", "make real"

_NAMES = LiveWorkspace()


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/live/scores.json and, if it exists, metrics/live/real.json."""
    scores = sources.result(LiveScores, _NAMES.live_scores, JOB)
    if scores is None:
        return Absent.missing(TITLE, _NAMES.live_scores, JOB)
    real = sources.result(LiveScores, _NAMES.live_real, REAL_JOB)
    means: list[Row] = []
    details: list[Part] = []
    for file, job, made in ((_NAMES.live_scores, JOB, scores), (_NAMES.live_real, REAL_JOB, real)):
        if made is not None:
            with expected_content(file, job):
                means.append(_mean(made))
                details.append(_table(made))
    columns = (Column("mean Pearson", "text"), Column("sentences"), *map(Column, TITLES.values()))
    parts: list[Part] = [Table(columns, tuple(means), "Means"), Fold("Speakers and recordings", details)]
    if real is None:
        parts.append(Note(f"No real recordings: {_NAMES.live_real} is missing; `{REAL_JOB}` makes it."))
    ahead, latency = (number(1000 * seconds, 0) for seconds in (scores.look_ahead, scores.latency))
    lead = (f"Pearson of the coil positions. Look-ahead {ahead} ms; a moment of the sound has its motion after {latency} ms "
            "at most, without computing and drawing.")
    return Section("live", TITLE, tuple(parts), lead, f"trained on {scores.trained_on.upper()} data")


def _mean(scores: LiveScores) -> Row:
    values = (number(scores.pearson[key], 2) if key in scores.groups else "" for key in TITLES)
    return Row((KINDS[scores.origin], count(scores.sentences), *values))


def _table(scores: LiveScores) -> Table:
    known = [key for key in TITLES if key in scores.groups]
    rows = [Row((name, *(number(scores.groups[key].of[name].pearson, 2) for key in known))) for name in scores.groups[known[0]].of]
    rows.append(Row(("mean", *(number(scores.pearson[key], 2) for key in known)), "strong"))
    calibrated = ", which are calibrated on these speakers" if scores.origin == "synthetic" else ""
    share, level = (f"{number(100 * value, 0)} %" for value in (scores.coverage, scores.level))
    inside = f"{share} of the true values lie within the {level} intervals of the live model{calibrated}."
    return Table((Column("Pearson", "text"), *(Column(TITLES[key]) for key in known)), tuple(rows), KINDS[scores.origin],
                 f"{count(scores.sentences, 'sentence')}. {inside}")
