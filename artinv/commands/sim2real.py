"""Print the scores of the model trained on synthetic speakers: on other synthetic speakers and on real recordings.

The figures are read from metrics/sim2real_details.json in this folder and, if there are any on real recordings, from
metrics/real_details.json. docs/sim2real.md explains them.
"""

import argparse

from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace, workspace: Workspace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.sim2real import Sim2RealScores, table

    print(table(Sim2RealScores.read(workspace.sim2real_details, "make sim2real")))
    if workspace.real_details.exists():
        print(table(Sim2RealScores.read(workspace.real_details, "make real")))
