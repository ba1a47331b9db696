"""Print how well a model taught by synthetic speakers follows real ones, as the last `make sim2real` left it.

It is read from metrics/sim2real_details.json of this folder. docs/sim2real.md says what the figures mean.
"""

import argparse
from pathlib import Path

from artinv.commands import told


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.sim2real import TITLES, table

    print(told(Path("metrics/sim2real_details.json"), "make sim2real", TITLES, table))
