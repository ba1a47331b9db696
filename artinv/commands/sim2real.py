"""Print the table of the last `make sim2real`."""

import argparse
from pathlib import Path

from artinv.commands import told


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.sim2real import TITLES, table

    print(told(Path("metrics/sim2real_details.json"), "make sim2real", TITLES, table))
