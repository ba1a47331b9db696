"""Section on matching: settings of a synthesizer estimated from sound, the sound they make, and what refinement changes."""

from artinv.matching.results import JOB, Gains, MatchingScores
from artinv.show.report.charts import Dots, Item
from artinv.show.report.parts import Absent, Column, Note, Part, Row, Section, Table, count, known, number
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis

TITLE = "Settings of a synthesizer from sound"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/matching/scores.json and, if it exists, metrics/matching/refine.json."""
    scores = sources.result(MatchingScores, NAMES.matching_scores, JOB)
    if scores is None:
        return Absent.missing(TITLE, NAMES.matching_scores, JOB)
    parts: list[Part] = [_networks(scores), *(_parameters(scores, name) for name in scores.networks)]
    gains = sources.result(Gains, NAMES.matching_refinement, JOB)
    parts += [Note(f"No refinement: {NAMES.matching_refinement} is missing; `{JOB}` makes it.")] if gains is None else _gains(gains)
    run = scores.run
    lead = (f"{run.synth}, head {run.head}: {count(run.sounds, 'test sound')}, {count(run.trained_on)} for training, one training "
            "per network. MPR, mean percentile rank of the true level: 100 is best, 50 is chance level.")
    return Section.about("matching", TITLE, parts, run.origin, lead)


def _networks(scores: MatchingScores) -> Table:
    names = ("weights", "MPR", "accuracy %", f"top {scores.run.top} %", "MPR, audible", "distance dB", "STFT correlation")
    rows = []
    for name, own in scores.networks.items():
        close = own.reconstruction
        cells = (number(value, 1) for value in (own.mpr, own.accuracy, own.top, own.audible_mpr, close.log_spectral_distance))
        rows.append(Row((name, count(own.weights), *cells, number(close.stft_correlation, 3))))
    distance, correlation = scores.chance.log_spectral_distance, scores.chance.stft_correlation
    rows.append(Row(("chance", "", "50.0", "", "", "50.0", number(distance, 1), number(correlation, 3))))
    note = "Audible: over the parameters whose change is audible. Distance: log-spectral, median; chance: from another test sound."
    return Table((Column("network", "text"), *map(Column, names)), tuple(rows), "Networks", note)


def _parameters(scores: MatchingScores, network: str) -> Table:
    scored = scores.networks[network]
    items = [Item(name, own.mpr, others={"audible": own.audible_mpr}) for name, own in scored.parameters.items()]
    items.append(Item("mean", scored.mpr, others={"audible": scored.audible_mpr}, kind="strong"))
    seen = [item.value for item in items if known(item.value)]
    return Dots(Axis.around(seen, 50, 100), 1, "", "MPR", "", ("audible",)).table(items, f"{network} by parameter")


def _gains(gains: Gains) -> list[Part]:
    names = ("distance dB before", "after", "fall %", "closer %", "STFT correlation before", "after", "s per sound")
    rows = []
    for name, own in gains.methods.items():
        distance, correlation = own.log_spectral_distance, own.stft_correlation
        cells = (number(value, 1) for value in (distance.before, distance.after, distance.fall, distance.better))
        rows.append(Row((name, *cells, number(correlation.before, 3), number(correlation.after, 3), number(own.seconds, 1))))
    table = Table((Column("method", "text"), *map(Column, names)), tuple(rows), "Refinement",
                  f"Medians over {count(gains.sounds, 'test sound')}, from the estimate of {gains.network}.")
    errors = []
    for name, first in next(iter(gains.methods.values())).parameters.items():
        after = (number(own.parameters[name].after, 1) for own in gains.methods.values())
        errors.append(Row((name, number(first.before, 1), *after)))
    columns = (Column("error in % of the range", "text"), Column("before"), *map(Column, gains.methods))
    return [table, Table(columns, tuple(errors), "Error of each parameter before and after refinement")]
