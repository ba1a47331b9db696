"""Results of the pipeline `digits` for tests of the report."""

from artinv.digits.results import (
    Articulation,
    Comparison,
    DigitsRun,
    DigitsScores,
    PhaseScores,
    Probe,
    ProbeScores,
    RecordingsScores,
    Scores,
    SeedScores,
    Spread,
    YardstickScores,
)
from artinv.digits.workspace import DigitsFiles

MADE_BY = "artinv 0.1.0, seed 0"


def digits(root):
    """Write the files of `make digits` and of the experiments; return the scores."""
    files = DigitsFiles(root)
    ceiling, floor = Scores(300, 0.985, 9.5, 5.25, 0.5, 1.0, 1.0, 0.01), Scores(400, 0.1, 1.0, 2816.4, 9999.0, 0.1, 4.5, 0.0)
    generators = {"test set": ceiling, "noise": floor, "cvae": Scores(400, 0.712, 6.75, 88.8, 31.5, 0.625, 1.375, 0.0)}
    phases = {"cwgan2, own": PhaseScores(0.55, 6.4, 9.6)}
    run = DigitsRun("synthetic", MADE_BY, "f96212b0", "dB", 1500, 30, True, 32, 1)
    scores = DigitsScores(run, generators, phases, Articulation(400, 10, 0.0025, 41000.0, 76000.0, 103800.0, 0.9875))
    scores.write(files.scores)
    YardstickScores("synthetic", MADE_BY, "f96212b0", 1500, 300, 0.9875, {"F0000": 0.98, "M0001": 0.9625}, {"one": 1.0}, 16,
                    200_000).write(files.yardstick_scores)
    people = {"george": 0.75, "jackson": 0.5}
    RecordingsScores("real", MADE_BY, "abcd", 2520, 300, 0.99, people, {"cvae": generators["cvae"]}, phases).write(
        files.recordings_scores)
    spread = {"cvae": Spread(0.6, 0.5, 0.7, [0.5, 0.6, 0.7]), "flow": Spread(0.8, 0.75, 0.85, [0.75, 0.8, 0.85])}
    SeedScores("synthetic", MADE_BY, "f96212b0", 3, {"sounds": 600.0, "share": 0.5}, spread, spread, spread,
               [Comparison("flow", "cvae", 0.05)]).write(files.seeds)
    ProbeScores(MADE_BY, {"synthetic": Probe("f96212b0", 120, 6, {"recorded": 0.9875, "still": 0.125})}).write(files.probe)
    return scores
