"""Results of the pipeline as they are written to metrics/digits, and their tables."""

from dataclasses import dataclass

from artinv.core.text import aligned
from artinv.core.typed import Figure, Result

JOB = "make digits"

CEILING, FLOOR = "test set", "noise"
"""Rows beside which every generator is put: the sounds of the test set, and white noise."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set of sounds, judged by the yardstick; distances are from the training sounds."""

    sounds: int
    accuracy: Figure  # share that is recognized as the digit that it should be
    inception: Figure  # inception score, 1 to 10
    frechet: Figure  # Fréchet distance of the features (FID), full covariance
    kernel: Figure  # kernel distance of the features (KID)
    diversity: Figure  # distance between two sounds of a digit, relative to the test set
    nearest: Figure  # distance to the nearest training sound, median, relative to the test set
    copies: Figure  # share of the sounds that are nearer to a training sound than 99 % of the test set are


@dataclass(frozen=True, slots=True)
class PhaseScores:
    """What a way to get phases does to sounds."""

    accuracy: Figure
    disagreement: Figure  # dB, log-spectral distance of the sound from the levels that it was made from
    to_real: Figure  # dB, log-spectral distance from the closest other test sound of the digit, mean


@dataclass(frozen=True, slots=True)
class Articulation:
    """What the vocal tract does to say the words."""

    words: int
    voices: int
    outside: Figure  # share of the frames in which a coil is where no real speaker has it
    jerk: Figure  # mm/s^3, median
    jerk_high: Figure  # mm/s^3, 95th percentile
    limit: Figure  # mm/s^3, 95th percentile of real speech
    smooth: Figure  # share of the words whose jerk is below that limit


@dataclass(frozen=True, slots=True)
class DigitsRun:
    """What was scored."""

    origin: str  # of the recordings
    made_by: str
    yardstick: str  # identifies the classifier
    scale: str  # of the levels
    trained_on: int  # training sounds
    speakers: int  # of the training sounds
    new_speakers: bool  # whether the speakers of the test set are not in the training set
    iterations: int  # of Griffin-Lim
    seeds: int  # trainings per generator


@dataclass(frozen=True, slots=True)
class DigitsScores(Result):
    """The scores of all generators."""

    run: DigitsRun
    generators: dict[str, Scores]  # with CEILING and FLOOR
    phases: dict[str, PhaseScores]
    articulation: Articulation


@dataclass(frozen=True, slots=True)
class YardstickScores(Result):
    """How well the yardstick recognizes the test set."""

    origin: str
    made_by: str
    yardstick: str
    trained_on: int
    sounds: int
    accuracy: Figure
    speakers: dict[str, Figure]  # accuracy by test speaker
    digits: dict[str, Figure]  # accuracy by digit
    epochs: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Probe:
    """The share of digits of one origin that the yardstick recognizes, by what was done to them."""

    yardstick: str
    sounds: int
    speakers: int
    accuracy: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class ProbeScores(Result):
    """The share of digits that are recognized before and after artinv inverts them and a tract repeats their articulation."""

    made_by: str
    origins: dict[str, Probe]  # by the origin of the recordings: synthetic, real


@dataclass(frozen=True, slots=True)
class RecordingsScores(Result):
    """Scores on real recordings (FSDD), in which the same six men speak in the training and the test set."""

    origin: str
    made_by: str
    yardstick: str
    trained_on: int
    sounds: int
    accuracy: Figure  # of the yardstick on the official test set, takes 0 to 4
    speakers: dict[str, Figure]  # accuracy of a classifier that was trained on the five other speakers
    generators: dict[str, Scores]  # with CEILING and FLOOR
    phases: dict[str, PhaseScores]


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over several trainings."""

    median: Figure
    low: Figure
    high: Figure
    values: list[Figure]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test whether one generator is recognized more often than another."""

    better: str
    worse: str
    p: Figure  # Mann-Whitney, one-sided


@dataclass(frozen=True, slots=True)
class SeedScores(Result):
    """Generators over several trainings, judged by one yardstick."""

    origin: str
    made_by: str
    yardstick: str
    seeds: int
    settings: dict[str, Figure]  # what differs from the pipeline's parameters
    accuracy: dict[str, Spread]
    inception: dict[str, Spread]
    frechet: dict[str, Spread]
    pairs: list[Comparison]


def scores_table(scores: DigitsScores) -> str:
    """Return the tables that a run prints."""
    rows = [["", "sounds", "accuracy", "IS", "FID", "KID", "diversity", "nearest", "copies"]]
    for name, own in scores.generators.items():
        values = own.frechet, own.kernel, own.diversity, own.nearest
        rows.append([name, str(own.sounds), f"{own.accuracy:.3f}", f"{own.inception:.2f}", *(f"{value:.2f}" for value in values),
                     f"{own.copies:.3f}"])
    phases = [["phases", "accuracy", "from its levels dB", "from a real sound dB"]]
    for name, phase in scores.phases.items():
        phases.append([name, f"{phase.accuracy:.3f}", f"{phase.disagreement:.1f}", f"{phase.to_real:.1f}"])
    moved, run = scores.articulation, scores.run
    motion = (f"articulatory: {moved.words} words of {moved.voices} voices, {100 * moved.outside:.1f} % of the frames outside the "
              f"range of real coils, jerk below the limit in {100 * moved.smooth:.0f} % of the words")
    head = f"{run.origin.upper()} digits, {run.trained_on} training sounds, one training per generator; yardstick {run.yardstick}"
    return "\n".join([head, *aligned(rows), *aligned(phases), motion])


def yardstick_line(scores: YardstickScores) -> str:
    """Return the line that a run prints."""
    low = min(scores.speakers.values())
    return (f"yardstick {scores.yardstick}: {100 * scores.accuracy:.1f} % of {scores.sounds} {scores.origin.upper()} test sounds "
            f"recognized, worst speaker {100 * low:.1f} %")
