"""Scores of the live model as they are written to metrics/live, and their table."""

from collections.abc import Mapping
from dataclasses import dataclass

from artinv.core.text import aligned, figure
from artinv.core.typed import Figure, Result
from artinv.evaluate.sim2real import POSITIONS, CorrelationGroup

ADAPTED, FIRST, FULL = "adapted", "first", "full"
TITLES = {
    FIRST: "live, first sentence", ADAPTED: "live, adapted", FULL: "universal model, sound alone, whole sentence",
}
"""Keys of the scores: without knowledge of the voice; after other sentences of it; the model without a limit of look-ahead."""

KINDS = {
    "synthetic": "SYNTHETIC speakers that are not trained on, but choose the epoch and calibrate the intervals",
    "real": "REAL recordings; the model is trained on synthetic speakers only",
}


@dataclass(frozen=True, slots=True)
class LiveScores(Result):
    """Pearson correlations of the live model and of the universal model on the same sounds."""

    origin: str  # of the recordings
    trained_on: str  # origin of the training speakers
    made_by: str
    look_ahead: Figure  # s of sound after a moment that its motion needs
    latency: Figure  # s, longest time from a moment to its motion, without computing
    sentences: int
    pearson: Mapping[str, Figure]  # by the keys above
    channels: Mapping[str, Figure]  # of the live model: adapted on synthetic speakers, first sentence on real recordings
    level: Figure  # share of true values that the intervals should contain
    coverage: Figure  # share of true values within the intervals, relative to the mean and standard deviation of each recording
    groups: Mapping[str, CorrelationGroup]


def table(scores: LiveScores) -> str:
    """Return the scores as text."""
    known = [key for key in TITLES if key in scores.groups]
    rows = [["Pearson", "mean", *POSITIONS]]
    for key in known:
        group = scores.groups[key]
        rows.append([TITLES[key], figure(group.pearson, 2), *(figure(group.channels.get(name), 2) for name in POSITIONS)])
    each = [["Pearson", *known], *([name, *(figure(scores.groups[key].of[name].pearson, 2) for key in known)]
                                   for name in scores.groups[known[0]].of)]
    facts = f"{scores.sentences} sentences; look-ahead {1000 * scores.look_ahead:.0f} ms, latency {1000 * scores.latency:.0f} ms"
    return "\n".join([KINDS[scores.origin], facts, "", *aligned(rows), "", *aligned(each)])
