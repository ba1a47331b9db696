"""Print the scores of the model trained on synthetic speakers: on other synthetic speakers and on real recordings.

The figures are read from metrics/sim2real_details.json in this folder and, if `make real` has written it,
metrics/real_details.json. docs/sim2real.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.sim2real import FILES, Sim2RealScores, table

    print(table(Sim2RealScores.read(FILES["synthetic"][1], "make sim2real")))
    if FILES["real"][1].exists():
        print(table(Sim2RealScores.read(FILES["real"][1], "make real")))
