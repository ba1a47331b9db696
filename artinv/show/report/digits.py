"""Section on digits: sounds generated from words, phases, articulation, real recordings, several trainings, inverted digits."""

from collections.abc import Mapping

from artinv.digits.results import (
    CEILING,
    FLOOR,
    JOB,
    DigitsScores,
    PhaseScores,
    ProbeScores,
    RecordingsScores,
    Scores,
    SeedScores,
    YardstickScores,
)
from artinv.digits.workspace import DigitsFiles
from artinv.evaluate.scores import origin_label
from artinv.show.report.parts import Absent, Column, FactList, Fold, Note, Part, Row, Section, Table, between, count, number
from artinv.show.report.sources import NAMES, Sources

TITLE = "Spoken digits from words"
FILES = DigitsFiles(NAMES.root)

_NOTE = ("Judged by a classifier (yardstick). FID, KID: distance of its features from those of the training sounds. Diversity "
         "within a digit, and distance to the nearest training sound: relative to the test set. Copies: nearer to a training sound "
         "than 99 % of the test set.")


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/digits/scores.json and, if they exist, the other files of metrics/digits."""
    scores = sources.result(DigitsScores, FILES.scores, JOB)
    if scores is None:
        return Absent.missing(TITLE, FILES.scores, JOB)
    parts: list[Part] = []
    if judge := sources.result(YardstickScores, FILES.yardstick_scores, JOB):
        parts.append(_yardstick(judge))
    parts.append(_generators(scores.generators, "Generated digits"))
    more: list[Part] = [_phases(scores.phases), _articulation(scores)]
    if seeds := sources.result(SeedScores, FILES.seeds, "python -m experiments.digits_seeds"):
        more += _seeds(seeds)
    if real := sources.result(RecordingsScores, FILES.recordings_scores, "python -m experiments.digits_fsdd"):
        more += _recordings(real)
    if probe := sources.result(ProbeScores, FILES.probe, "python -m experiments.digits_probe"):
        more.append(_probe(probe))
    parts.append(Fold("Phases, articulation, real recordings", more))
    run = scores.run
    speakers = "whom training does not contain" if run.new_speakers else "whom training contains, too"
    lead = (f"{count(run.trained_on, 'training sound')} of {count(run.speakers, 'speaker')}, test sounds of speakers {speakers}; "
            "one training per generator. Test set: the ceiling; noise: the floor.")
    return Section.about("digits", TITLE, parts, run.origin, lead)


def _yardstick(judge: YardstickScores) -> Note:
    low = min(judge.speakers, key=lambda name: judge.speakers[name])
    share, worst = number(100 * judge.accuracy, 1), number(100 * judge.speakers[low], 1)
    return Note(f"The yardstick {judge.yardstick} recognizes {share} % of {count(judge.sounds, 'test sound')}; of the speaker "
                f"{low}, {worst} %.")


def _generators(generators: Mapping[str, Scores], title: str) -> Table:
    names = ("sounds", "accuracy %", "inception score", "FID", "KID", "diversity", "nearest", "copies %")
    rows = []
    for name, own in sorted(generators.items(), key=lambda pair: (pair[0] not in (CEILING, FLOOR), pair[0] != CEILING, pair[0])):
        cells = (number(value, 2) for value in (own.inception, own.frechet, own.kernel, own.diversity, own.nearest))
        rows.append(Row((name, count(own.sounds), number(100 * own.accuracy, 1), *cells, number(100 * own.copies, 1))))
    return Table((Column("generator", "text"), *map(Column, names)), tuple(rows), title, _NOTE)


def _phases(phases: Mapping[str, PhaseScores]) -> Table:
    rows = [Row((name, number(100 * own.accuracy, 1), number(own.disagreement, 1), number(own.to_real, 1)))
            for name, own in phases.items()]
    names = ("accuracy %", "from its levels dB", "from a test sound dB")
    return Table((Column("levels, phases", "text"), *map(Column, names)), tuple(rows), "Phases",
                 "Log-spectral distance of the sound from the levels that it was made from, and from the closest other test "
                 "sound of the digit.")


def _articulation(scores: DigitsScores) -> FactList:
    own = scores.articulation
    return FactList((
        ("words", f"{count(own.words)} of {count(own.voices, 'voice')}, none in the training set"),
        ("frames with a coil outside the range of eight people", f"{number(100 * own.outside, 1)} %"),
        ("jerk, median and 95th percentile", f"{count(own.jerk)} and {count(own.jerk_high)} mm/s³"),
        ("95th percentile of real speech (three recordings)", f"{count(own.limit)} mm/s³"),
        ("words below it", f"{number(100 * own.smooth, 1)} %"),
    ), "Articulation of the words of the vocal tract")


def _seeds(seeds: SeedScores) -> list[Part]:
    rows = []
    for name, own in seeds.accuracy.items():
        others = (kind[name] for kind in (seeds.inception, seeds.frechet))
        cells = (f"{number(each.median, 2)} ({between(each.low, each.high, 2)})" for each in others)
        rows.append(Row((name, count(len(own.values)), f"{number(own.median, 3)} ({between(own.low, own.high, 3)})", *cells)))
    names = ("trainings", "accuracy", "inception score", "FID")
    tests = "; ".join(f"{pair.better} above {pair.worse}: p = {number(pair.p, 3)}" for pair in seeds.pairs)
    facts = f"{count(seeds.settings.get('sounds', 0))} training sounds, {number(seeds.settings.get('share', 1), 2)} of the steps"
    return [Table((Column("generator", "text"), *map(Column, names)), tuple(rows), "Several trainings",
                  f"Median and range; {facts}. Accuracy, Mann-Whitney, one-sided: {tests}.")]


def _recordings(real: RecordingsScores) -> list[Part]:
    rows = [Row((name, number(100 * value, 1))) for name, value in real.speakers.items()]
    if rows:
        mean = sum(real.speakers.values()) / len(real.speakers)
        rows.append(Row((f"mean of {len(real.speakers)}", number(100 * mean, 1)), "strong"))
    parts: list[Part] = [
        Note(f"Real recordings (FSDD): the yardstick recognizes {number(100 * real.accuracy, 1)} % of the {count(real.sounds)} "
             "sounds of the official test set, whose speakers are also in the training set."),
        _generators(real.generators, "Digits generated after real recordings"),
    ]
    if real.phases:
        parts.append(_phases(real.phases))
    if rows:
        parts.append(Table((Column("speaker", "text"), Column("accuracy %")), tuple(rows), "Real speakers left out of training"))
    return parts


def _probe(probe: ProbeScores) -> Table:
    origins = list(probe.origins)
    names = list(dict.fromkeys(row for own in probe.origins.values() for row in own.accuracy))
    rows = [Row((name, *(number(100 * probe.origins[origin].accuracy.get(name, float("nan")), 1) for origin in origins)))
            for name in names]
    heads = (Column(f"{origin_label(origin)}, {count(probe.origins[origin].sounds)} digits, %") for origin in origins)
    return Table((Column("recognized", "text"), *heads), tuple(rows), "Digits that artinv inverts and a vocal tract repeats")
