"""Print how well a model taught by synthetic speakers follows real ones, as the last `make sim2real` left it.

It is read from metrics/sim2real_details.json of this folder and, where `make real` has left it, metrics/real_details.json.
docs/sim2real.md says what the figures mean.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.evaluate.sim2real import FILES, Sim2RealScores, table

    print(table(Sim2RealScores.read(FILES["synthetic"][1], "make sim2real")))
    if FILES["real"][1].exists():
        print(table(Sim2RealScores.read(FILES["real"][1], "make real")))
